// Where the step-runner is: shipped beside this program when that is a bundle, else made out of the sources.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { PROGRAM_FILES, sharedRunnerEntry } from '#build/bundle.ts';

const shipped = (file: string): string | undefined => {
  const place = path.join(import.meta.dirname, file);
  return existsSync(place) ? place : undefined;
};

/** What carries step-runners on the process engine: this Node, and their program. */
export async function runnerCommand(): Promise<readonly string[]> {
  return [process.execPath, shipped(PROGRAM_FILES.sharedRunner) ?? (await sharedRunnerEntry())];
}

/** Entry point by which this program's own image is the step-runner's as well; undefined in a checkout. */
export function runnerEntryPoint(): readonly string[] | undefined {
  const runner = shipped(PROGRAM_FILES.runner);
  return runner === undefined ? undefined : [process.execPath, runner];
}
