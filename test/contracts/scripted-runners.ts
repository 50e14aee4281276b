// What carries step-runners on the process engine's contract test: for each task the shell script of its environment, in
// the place where a step-runner's commands are started.
import { spawn } from 'node:child_process';
import { serveOrders } from '#runner/shared/serve.ts';

/** Without a script, a step-runner that goes on until it is killed. */
const STEP_RUNNER = 'eval "${TEST_SCRIPT-exec sleep 1000}"';

process.on(
  'message',
  serveOrders({
    run: ({ environment, launcher: [launcher, ...options] }, { stop, kill }) =>
      new Promise((resolve) => {
        // The shell itself stays outside, so that signals reach it; what it starts is started inside.
        const inside = launcher === undefined ? [] : [launcher, '--no-fork', ...options];
        const argv = [...inside, '/bin/sh', '-c', STEP_RUNNER];
        const child = spawn(argv[0] ?? '', argv.slice(1), { env: environment, stdio: 'ignore', detached: true });
        const signal = (name: NodeJS.Signals): void => {
          try {
            process.kill(-(child.pid ?? 0), name);
          } catch {
            // It has ended.
          }
        };
        stop.addEventListener('abort', () => signal(kill.aborted ? 'SIGKILL' : 'SIGTERM'));
        kill.addEventListener('abort', () => signal('SIGKILL'));
        child.on('exit', (exitCode) => resolve(exitCode ?? 137));
      }),
    send: (message) => process.send?.(message),
  }),
);
process.on('disconnect', () => process.exit(1));
