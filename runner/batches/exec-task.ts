// The steps of a version 1 batches job one after the other, from the cached result on, and the results that the job leaves
// behind, also when it fails half way. src-cli's internal/batches/executor (RunSteps, do).
import { cacheKeyOfSrc } from '#batches/cache-key.ts';
import { execContext } from '#batches/batch-exec/context.ts';
import { finishStep } from '#batches/batch-exec/finish-step.ts';
import { imageOfStep, pullProblem } from '#batches/batch-exec/images.ts';
import { evalStepCondition, stepCondition } from '#batches/conditions.ts';
import { durationText } from '#batches/go/duration.ts';
import { quote } from '#batches/go/quote.ts';
import { rendered } from '#batches/rendered.ts';
import { NO_STEP_RESULT, type AfterStepResult } from '#batches/step-result.ts';
import type { Step } from '#batches/step.ts';
import type { ExecTask, TaskEnd } from './batch-exec.ts';
import { Deadline } from './exec-deadline.ts';
import { applyCachedDiff, diffOfSteps } from './exec-git.ts';
import { runStep } from './exec-step.ts';
import { mountMetadata } from './mount-metadata.ts';

/** What the steps came to. */
interface Steps {
  readonly end: TaskEnd;
  /** To be printed for the cache. */
  readonly results: readonly AfterStepResult[];
}

export interface StepFailed {
  readonly kind: 'failed';
  readonly message: string;
  /** As standard error shows it, where that differs. */
  readonly printed?: string;
  /** For the step's own event, which some failures do not have. */
  readonly event?: { readonly message: string; readonly exitCode: number };
}

export type StepOutcome =
  | { readonly kind: 'finished'; readonly result: AfterStepResult }
  | StepFailed
  | { readonly kind: 'killed' }
  | { readonly kind: 'lost'; readonly container: string; readonly why: string };

export async function executeTask(task: ExecTask): Promise<TaskEnd> {
  const { request, args, events } = task;
  events.taskStarted();
  const deadline = new Deadline(request.clock, request.signal, args.timeoutNanos);
  const { end, results } = await runSteps(task, deadline);
  const expired = deadline.end();
  if (end.kind === 'killed' && !expired) return end;
  if (end.kind === 'lost') return end;
  const failure: TaskEnd =
    expired && end.kind !== 'done' ? { kind: 'failed', message: timeoutText(args.timeoutNanos) } : end;
  const notCached = await printResults(task, results);
  const outcome: TaskEnd = notCached === undefined ? failure : { kind: 'failed', message: notCached };
  events.taskFinished(outcome.kind === 'failed' ? outcome.message : null);
  return outcome;
}

const timeoutText = (nanos: bigint): string => `Timeout reached. Execution took longer than ${durationText(nanos)}.`;

async function runSteps(task: ExecTask, deadline: Deadline): Promise<Steps> {
  const { input, steps, events } = task;
  const results: AfterStepResult[] = [];
  let previous: AfterStepResult = NO_STEP_RESULT;
  let first = 0;
  if (input.cachedStepResultFound) {
    previous = input.cachedStepResult;
    results.push(previous);
    if (previous.stepIndex === steps.length - 1) return { end: { kind: 'done' }, results };
    const notApplied = await applyCachedDiff(task, previous.diff, deadline.signal);
    if (notApplied !== undefined) return { end: notApplied, results: [] };
    first = previous.stepIndex + 1;
    events.skippingStepsUpto(first + 1);
    if (first > steps.length)
      return { end: { kind: 'failed', message: cachedBehindLast(first, steps.length) }, results: [] };
  }
  for (const [stepIndex, step] of steps.entries()) {
    if (stepIndex < first) continue;
    const outcome = await runOrSkip(task, deadline, stepIndex, step, previous);
    if (outcome === 'skipped') continue;
    if (outcome.kind !== 'finished') return stopped(task, outcome, stepIndex, results);
    previous = outcome.result;
    results.push(previous);
  }
  // The cached result is written again only when nothing came after it.
  return {
    end: { kind: 'done' },
    results: input.cachedStepResultFound && results.length > 1 ? results.slice(1) : results,
  };
}

function stopped(
  { events }: ExecTask,
  outcome: Exclude<StepOutcome, { kind: 'finished' }> & { readonly forgets?: true },
  stepIndex: number,
  results: readonly AfterStepResult[],
): Steps {
  if (outcome.kind !== 'failed') return { end: outcome, results: [] };
  const { event, forgets, ...end } = outcome;
  if (event !== undefined) events.stepFailed(stepIndex + 1, event.message, event.exitCode);
  return { end, results: forgets === true ? [] : results };
}

/** The reference panics here. */
function cachedBehindLast(first: number, count: number): string {
  return `the cached result is of step ${first}, and there are only ${count} steps`;
}

/** A condition or an image that fails takes the earlier steps' results with it, as in the reference. */
async function runOrSkip(
  task: ExecTask,
  deadline: Deadline,
  stepIndex: number,
  step: Step,
  previous: AfterStepResult,
): Promise<'skipped' | (StepOutcome & { readonly forgets?: true })> {
  if (deadline.isOver) return { kind: 'failed', message: 'context deadline exceeded' };
  if (deadline.signal.aborted) return { kind: 'killed' };
  const context = execContext(task.input, previous);
  const condition = rendered('evaluating step condition', () => evalStepCondition(stepCondition(step.if), context));
  if (condition.kind === 'error') return { kind: 'failed', message: condition.message, forgets: true };
  if (!condition.value) {
    task.events.stepSkipped(stepIndex + 1);
    return 'skipped';
  }
  const image = imageOfStep(step, stepIndex, context);
  if (image.kind === 'error') return { kind: 'failed', message: image.message, forgets: true };
  const problem = pullProblem(image.value);
  if (problem !== undefined) {
    const message = (name: string): string => `failed to pull image for step ${stepIndex + 1}: ${name}: ${problem}`;
    // Go's errors drop a newline before the colon when they are printed, though not when they are asked for their text.
    const printed = message(image.value.replace(/\n$/, ''));
    return { kind: 'failed', message: message(image.value), printed, forgets: true };
  }
  const ran = await runStep(task, deadline.signal, { stepIndex, step, context });
  if (ran.kind !== 'ran') return ran;
  const diff = await diffOfSteps(task, deadline.signal);
  if (diff.kind !== 'diff') return diff;
  const { args, events } = task;
  const { stdout, stderr } = ran;
  const { binaryDiffs } = args;
  const finished = finishStep({ step, stepIndex, context, binaryDiffs, stdout, stderr, diff: diff.diff });
  if (finished.kind === 'error') {
    const { message, stepFailed } = finished;
    return {
      kind: 'failed',
      message,
      ...(stepFailed === undefined ? {} : { event: { message: stepFailed, exitCode: -1 } }),
    };
  }
  events.stepFinished(stepIndex + 1, finished.result.diff ?? new Uint8Array(), finished.result.outputs);
  return finished;
}

/** Resolves to why one could not be, undefined when all are printed. */
async function printResults(task: ExecTask, results: readonly AfterStepResult[]): Promise<string | undefined> {
  const { request, args, input, steps, events } = task;
  const environment = Object.entries(request.environment).map(([name, value]) => `${name}=${value}`);
  // The mounts of all steps count for each key, also of those behind the step.
  const metadata = await mountMetadata(request.paths, args.workspaceFiles, steps);
  for (const result of results) {
    const key =
      metadata.kind === 'error' ? metadata : cacheKeyOfSrc(input, result.stepIndex, environment, metadata.mounts);
    if (key.kind === 'error') {
      return `caching result for step ${result.stepIndex} in ${quote(input.repository.name)}: ${key.message}`;
    }
    events.cachedStepResult(key.key, result);
  }
  return undefined;
}
