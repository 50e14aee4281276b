// What carries step-runners on the process engine: this Node, and their program.
import { sharedRunnerEntry } from '#build/bundle.ts';

export async function runnerCommand(): Promise<readonly string[]> {
  return [process.execPath, await sharedRunnerEntry()];
}
