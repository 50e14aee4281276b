// What `batcheshelper pre N` decides before step N: to skip it, or the files, the environment and the script to run it
// with. Sourcegraph's cmd/batcheshelper/run/pre.go.
import { evalStepCondition, stepCondition } from '../conditions.ts';
import { resolveEnvironment } from '../env/environment.ts';
import type { WorkspacesExecutionInput } from '../input.ts';
import { refusedStep } from '../refused-step.ts';
import { rendered, type Rendered } from '../rendered.ts';
import { NO_STEP_RESULT, type AfterStepResult } from '../step-result.ts';
import type { Mount } from '../step.ts';
import { renderStepMap, renderStepTemplate } from '../template/index.ts';
import { nativeContext } from './context.ts';

export interface PreRequest {
  readonly input: WorkspacesExecutionInput;
  readonly stepIndex: number;
  /** Of the newest earlier step that was not skipped. */
  readonly previous: AfterStepResult;
  /** `NAME=VALUE`. */
  readonly environment: readonly string[];
}

export type PrePlan =
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'skip'; readonly result: AfterStepResult; readonly nextStepKey: string }
  | PreRun;

/** To be carried out in the order of the fields; a template that failed ends the step when its turn comes. */
export interface PreRun {
  readonly kind: 'run';
  /** Target to content. */
  readonly files: Rendered<ReadonlyMap<string, string>>;
  readonly mounts: readonly Mount[];
  readonly env: Rendered<ReadonlyMap<string, string>>;
  readonly run: Rendered<string>;
}

export function planPre({ input, stepIndex, previous, environment }: PreRequest): PrePlan {
  const step = input.steps?.[stepIndex];
  if (step === undefined) return { kind: 'failed', message: noSuchStep(input, stepIndex) };
  const resolved = resolveEnvironment(step.env, environment);
  if (resolved.kind === 'error') return failed(`failed to resolve step env: ${resolved.message}`);
  const made = nativeContext(input, previous);
  if (made.kind === 'error') return failed(`failed to compute changes: ${made.message}`);
  const { context } = made;
  const condition = rendered('failed to evaluate step condition', () =>
    evalStepCondition(stepCondition(step.if), context),
  );
  if (condition.kind === 'error') return failed(condition.message);
  if (!condition.value) {
    const result: AfterStepResult = { ...NO_STEP_RESULT, version: 2, skipped: true };
    return { kind: 'skip', result, nextStepKey: `step.${nextStep(stepIndex, input.skippedSteps)}.pre` };
  }
  const refusal = refusedStep(step, stepIndex);
  if (refusal !== undefined) return failed(refusal);
  return {
    kind: 'run',
    files: rendered('failed to create files to mount: parsing step files', () =>
      renderStepMap(step.files ?? new Map(), context),
    ),
    mounts: step.mount ?? [],
    env: rendered('failed to render step env', () => renderStepMap(resolved.variables, context)),
    run: rendered('failed to render step.run', () => renderStepTemplate('step-run', step.run, context)),
  };
}

const failed = (message: string): PrePlan => ({ kind: 'failed', message });

/** The reference panics here. */
export function noSuchStep(input: WorkspacesExecutionInput, stepIndex: number): string {
  return `there is no step ${stepIndex}: the execution input has ${input.steps?.length ?? 0}, counted from 0`;
}

function nextStep(stepIndex: number, skippedSteps: ReadonlySet<number> | null): number {
  let next = stepIndex + 1;
  while (skippedSteps?.has(next) === true) next += 1;
  return next;
}
