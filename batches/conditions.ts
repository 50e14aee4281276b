// The `if` of a step: its text, its value at run time, and what can be said of it before anything runs (Sourcegraph's
// lib/batches and lib/batches/template). A template that cannot be parsed or rendered throws TemplateError.
import { trimSpace } from '#batches/go/unicode.ts';
import type { BatchChangeAttributes, StepContext } from './step-context.ts';
import { NO_STEP_RESULT, NO_CHANGES } from './step-result.ts';
import { renderStepTemplate, TemplateError } from '#batches/template/index.ts';
import { staticText } from '#batches/template/partial-evaluation.ts';

/** A value that is known before execution, or not. */
export type Static<T> = { readonly static: true; readonly value: T } | { readonly static: false };

/** The condition's text: a boolean becomes text, and what is neither boolean nor text is no condition. */
export function stepCondition(ifValue: unknown): string {
  if (typeof ifValue === 'boolean') return String(ifValue);
  return typeof ifValue === 'string' ? ifValue : '';
}

/** Whether the step runs: the condition renders to `true`, spaces aside, or there is none. */
export function evalStepCondition(condition: string, context: StepContext): boolean {
  if (condition === '') return true;
  try {
    return isTrueText(renderStepTemplate('step-condition', condition, context));
  } catch (error) {
    if (error instanceof TemplateError) throw new TemplateError(`parsing step if: ${error.message}`);
    throw error;
  }
}

export function isStaticBool(condition: string, context: StepContext): Static<boolean> {
  const text = staticText(condition, context);
  return text === null ? { static: false } : { static: true, value: isTrueText(text) };
}

export function isStaticString(template: string, context: StepContext): Static<string> {
  const text = staticText(template, context);
  return text === null ? { static: false } : { static: true, value: text };
}

/** Indexes of the steps that surely do not run in a repository: `skippedSteps` of a job's input.json. */
export function skippedStepsForRepo(
  ifValues: readonly unknown[],
  repository: { readonly name: string; readonly fileMatches: readonly string[] },
  batchChange: BatchChangeAttributes,
): Set<number> {
  const context: StepContext = {
    batchChange,
    repository: { ...repository, branch: '' },
    outputs: null,
    previousStep: NO_STEP_RESULT,
    step: NO_STEP_RESULT,
    steps: { changes: NO_CHANGES, path: '' },
  };
  const skipped = new Set<number>();
  ifValues.forEach((ifValue, index) => {
    const condition = stepCondition(ifValue);
    if (condition === '') return;
    const known = isStaticBool(condition, context);
    if (known.static && !known.value) skipped.add(index);
  });
  return skipped;
}

function isTrueText(text: string): boolean {
  return trimSpace(text) === 'true';
}
