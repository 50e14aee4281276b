// Steps that cannot be carried out here as they are written. Both kinds of job refuse them by name.
import type { Step } from './step.ts';

/** Why the step cannot be run, undefined for one that can. `stepIndex` counts from 0. */
export function refusedStep(step: Step, stepIndex: number): string | undefined {
  const name = `step ${stepIndex + 1}`;
  if (step.buildImage !== null) {
    return `${name}: buildImage is not supported: building an image needs privileges that no container here has`;
  }
  // A comma ends a field of `docker --mount`, so that a target could add fields of its own (specs.json has the texts).
  if ([...(step.files?.keys() ?? [])].some(hasComma)) return `${name} files target path contains invalid characters`;
  for (const { mountpoint, path } of step.mount ?? []) {
    if (hasComma(path)) return `${name} mount path contains invalid characters`;
    if (hasComma(mountpoint)) return `${name} mount mountpoint contains invalid characters`;
  }
  return undefined;
}

const hasComma = (text: string): boolean => text.includes(',');
