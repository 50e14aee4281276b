// The result of a version 1 step that has ended well.
import { endedStepResult, type EndedStep } from '../ended-step.ts';
import { setOutputs } from '../outputs.ts';
import type { StepContext } from '../step-context.ts';
import type { AfterStepResult } from '../step-result.ts';
import type { Step } from '../step.ts';

export interface StepToFinish extends Omit<EndedStep, 'version'> {
  readonly step: Step;
  /** As it was while the step was prepared. */
  readonly context: StepContext;
  readonly binaryDiffs: boolean;
}

export type FinishedStep =
  | { readonly kind: 'finished'; readonly result: AfterStepResult }
  /** `stepFailed`: the text that also belongs to the step's own event, where the reference prints one. */
  | { readonly kind: 'error'; readonly message: string; readonly stepFailed?: string };

export function finishStep(ended: StepToFinish): FinishedStep {
  const { step, stepIndex, context, stdout, stderr, diff } = ended;
  const left = endedStepResult({ version: ended.binaryDiffs ? 2 : 1, stepIndex, stdout, stderr, diff });
  if (left.kind === 'error') {
    return { kind: 'error', message: `getting changed files in step: ${left.message}`, stepFailed: left.message };
  }
  const { result } = left;
  const outputs = setOutputs(step.outputs ?? new Map(), { ...context, step: result });
  if (outputs.kind === 'error') return { kind: 'error', message: `setting step outputs: ${outputs.message}` };
  return { kind: 'finished', result: { ...result, outputs: outputs.outputs } };
}
