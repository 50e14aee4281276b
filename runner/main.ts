// The step-runner: the program in the one essential container of a task. Here is only what ties it to its process.
import { runTaskInProcess } from './task-in-process.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());

// Without a top-level await, so that the bundle can be CommonJS. What a job has left under way must not keep the process.
void runTaskInProcess({
  environment: process.env,
  mounted: false,
  launcher: [],
  stop: stop.signal,
  // SIGKILL ends the process itself.
  kill: new AbortController().signal,
  say: (line) => console.log(line),
}).then((exitCode) => process.exit(exitCode));
