// A task on a real machine: its payload and result over HTTP, its job with real commands.
import { createHttpTransport } from '#sourcegraph/http.ts';
import { payloadToResult } from './payload-to-result.ts';
import { realRandom } from './real-random.ts';
import { type Machine, runJob } from './run-job.ts';

export interface RunTask extends Machine {
  readonly payloadUrl: string;
  /** One line for the operator's log; never holds a secret. */
  readonly say: (line: string) => void;
}

/** Resolves to the step-runner's exit code. */
export async function runTask(task: RunTask): Promise<number> {
  // Links are used without proxy: the store is reached within the task's own network.
  const transport = createHttpTransport();
  const exitCode = await payloadToResult({
    ...task,
    links: { transport, clock: task.clock, random: realRandom },
    runJob: (payload) => runJob(payload, task),
  });
  transport.close();
  return exitCode;
}
