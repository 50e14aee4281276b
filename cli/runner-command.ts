// The step-runner as the process engine starts it: this Node, and the runner's program.
import { runnerEntry } from '#build/bundle.ts';

export async function runnerCommand(): Promise<readonly string[]> {
  return [process.execPath, await runnerEntry()];
}
