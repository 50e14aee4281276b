// The result of a version 1 step that has ended well.
import { changesInDiff } from '../diff/changed-files.ts';
import { setOutputs } from '../outputs.ts';
import type { StepContext } from '../step-context.ts';
import type { AfterStepResult } from '../step-result.ts';
import type { Step } from '../step.ts';

export interface EndedStep {
  readonly step: Step;
  readonly stepIndex: number;
  /** As it was while the step was prepared. */
  readonly context: StepContext;
  readonly binaryDiffs: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly diff: Uint8Array;
}

export type FinishedStep =
  | { readonly kind: 'finished'; readonly result: AfterStepResult }
  /** `stepFailed`: the text that also belongs to the step's own event, where the reference prints one. */
  | { readonly kind: 'error'; readonly message: string; readonly stepFailed?: string };

export function finishStep(ended: EndedStep): FinishedStep {
  const { step, stepIndex, context, stdout, stderr, diff } = ended;
  const changes = changesInDiff(diff);
  if (changes.kind === 'error') {
    const { message } = changes;
    return { kind: 'error', message: `getting changed files in step: ${message}`, stepFailed: message };
  }
  const result: AfterStepResult = {
    version: ended.binaryDiffs ? 2 : 1,
    changedFiles: changes.changedFiles,
    stdout,
    stderr,
    stepIndex,
    diff,
    outputs: new Map(),
    skipped: false,
  };
  const outputs = setOutputs(step.outputs ?? new Map(), { ...context, step: result });
  if (outputs.kind === 'error') return { kind: 'error', message: `setting step outputs: ${outputs.message}` };
  return { kind: 'finished', result: { ...result, outputs: outputs.outputs } };
}
