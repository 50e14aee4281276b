// What becomes of a job whose task has ended: from the runner's own claim, else from its exit code, else from what AWS
// says of the task. Texts are the reference's where it has one (worker/internal workerutil and runtimes), because users
// and scripts know them.
import { durationText } from '#batches/go/duration.ts';
import { RUNNER_EXIT, type JobResult, type RunnerOutcome } from './job-result.ts';
import type { FailureKind, JobRecord } from './record.ts';
import { classifyStop, MORE_MEMORY, type StopReason, UNKNOWN_STOP } from './stop-reasons.ts';
import { RUNNER_CONTAINER } from './task-definition.ts';
import type { TaskStopped } from './task-stopped.ts';
import type { MarkOutcome } from './world.ts';

export type Verdict =
  | { readonly kind: 'mark'; readonly outcome: MarkOutcome; readonly failure?: FailureKind }
  /** The machine's fault. Whether it is launched again is for {@link relaunchOrMark}. */
  | { readonly kind: 'lost'; readonly cause: string; readonly reason: StopReason };

/** Go's `time.Duration.String()`: `30m0s`, `1h0m0s`, `45s`, `1.5s`, `500ms`, `0s`. */
export const goDuration = (ms: number): string => durationText(BigInt(Math.round(ms * 1_000_000)));

/** The instance shows it as canceled by its own flag; the reference sends this text, as markFailed. */
export const cancelledOutcome: MarkOutcome = { kind: 'failed', errorMessage: 'context canceled' };

export function deadlineOutcome(runtimeLimitMs: number, detail = 'context deadline exceeded'): MarkOutcome {
  const prefix = `job exceeded maximum execution time of ${goDuration(runtimeLimitMs)}`;
  return { kind: 'errored', errorMessage: detail.startsWith(prefix) ? detail : `${prefix}: ${detail}` };
}

const errored = (errorMessage: string, failure: FailureKind): Verdict => ({
  kind: 'mark',
  outcome: { kind: 'errored', errorMessage },
  failure,
});

/**
 * The runner's claim, when it settles the matter by itself. `ask-task`: why it ended early is for the stopped task to
 * say (a signal from outside, a dead step container, an instance that it could not reach).
 */
export function verdictOfClaim(
  claim: RunnerOutcome,
  runtimeLimitMs: number,
): Extract<Verdict, { kind: 'mark' }> | { readonly kind: 'ask-task' } {
  switch (claim.kind) {
    case 'completed':
      return { kind: 'mark', outcome: { kind: 'completed' } };
    case 'failed':
      return { kind: 'mark', outcome: { kind: 'errored', errorMessage: claim.errorMessage }, failure: 'step' };
    case 'deadline':
      return { kind: 'mark', outcome: deadlineOutcome(runtimeLimitMs, claim.errorMessage), failure: 'deadline' };
    case 'not-ours':
      // A claim only: were it taken at its word, a step could have its own job given back. The mark finds out.
      return {
        kind: 'mark',
        outcome: { kind: 'errored', errorMessage: 'Sourcegraph no longer knew this job' },
        failure: 'not-ours',
      };
    case 'stopped':
    case 'container-lost':
    case 'setup':
      return { kind: 'ask-task' };
  }
}

/** The verdict over a task that has stopped. `claim` is the runner's result, when there was one. */
export function verdictOfStop(record: JobRecord, stopped: TaskStopped, claim: RunnerOutcome | undefined): Verdict {
  if (claim !== undefined) {
    const own = verdictOfClaim(claim, record.runtimeLimitMs);
    if (own.kind === 'mark') return own;
  }
  const reason = classifyStop(stopped.stopCode, stopped.stoppedReason, containerReasons(stopped));
  // Spot and the machine's health are told by stop code: no exit code of a dying container says more.
  if (reason.class === 'spot') return lost(reason, stopped);
  const byExit = claim === undefined ? verdictOfRunnerExit(stopped, record.runtimeLimitMs) : undefined;
  if (byExit !== undefined) return byExit;
  if (reason.class === 'user' || reason.class === 'configuration') {
    return errored(`${nameContainer(record, stopped)}${reason.sentence}`, reason.failure);
  }
  if (claim?.kind === 'container-lost') return errored(claim.errorMessage, 'image');
  if (claim?.kind === 'setup') return lost({ ...reason, sentence: `${claim.errorMessage}.` }, stopped);
  if (stopped.stopCode === 'UserInitiated' && reason === UNKNOWN_STOP) {
    return errored(`the task was stopped from outside of the executor: ${stopped.stoppedReason}`, 'infrastructure');
  }
  return lost(reason, stopped);
}

// Only codes that the runner alone gives, and SIGKILL: where nobody stopped the task, that was the kernel short of
// memory, and a relaunch would meet the same end.
export function verdictOfRunnerExit(stopped: TaskStopped, runtimeLimitMs: number): Verdict | undefined {
  const runner = stopped.containers.find(({ name }) => name === RUNNER_CONTAINER);
  switch (runner?.exitCode) {
    case RUNNER_EXIT.completed:
      return { kind: 'mark', outcome: { kind: 'completed' } };
    case RUNNER_EXIT.failed:
      return errored('the job failed; its log says where', 'step');
    case RUNNER_EXIT.deadline:
      return { kind: 'mark', outcome: deadlineOutcome(runtimeLimitMs), failure: 'deadline' };
    case RUNNER_EXIT.notOurs:
      return errored('Sourcegraph no longer knew this job', 'not-ours');
    case 137:
      return stopped.stopCode === 'EssentialContainerExited'
        ? errored(`the task ran out of memory: ${MORE_MEMORY}.`, 'out-of-memory')
        : undefined;
    case undefined:
    default:
      return undefined;
  }
}

function containerReasons(stopped: TaskStopped): readonly string[] {
  return stopped.containers.map(({ reason }) => reason).filter((reason) => reason !== undefined);
}

/** `step container step-1 (alpine:3): ` for the first container that says why it died. */
function nameContainer(record: JobRecord, stopped: TaskStopped): string {
  const dead = stopped.containers.find(({ name, reason }) => name !== RUNNER_CONTAINER && reason !== undefined);
  const image = record.containers.find(({ name }) => name === dead?.name)?.image;
  if (dead !== undefined && image !== undefined) return `step container ${dead.name} (${image}): `;
  const mentioned = record.containers.find((container) => stopped.stoppedReason.includes(container.image));
  return mentioned === undefined ? '' : `image ${mentioned.image}: `;
}

function lost(reason: StopReason, stopped: TaskStopped): Verdict {
  const detail = stopped.stoppedReason === '' ? (stopped.stopCode ?? 'no reason given') : stopped.stoppedReason;
  return { kind: 'lost', cause: `${reason.sentence.replace(/\.$/, '')} (${detail.slice(0, 300)})`, reason };
}

export interface RelaunchPolicy {
  /** `before-first-step`: never repeat a step's side effects. */
  readonly relaunch: 'before-first-step' | 'always';
  /** Attempts after the first; above it the job is marked. */
  readonly relaunchLimit: number;
}

/**
 * Whether a lost attempt is launched again. Without a result nobody knows whether a step had started; a task that never
 * ran cannot have started one.
 */
export function relaunchOrMark(
  record: JobRecord,
  lostVerdict: Extract<Verdict, { kind: 'lost' }>,
  evidence: { readonly result: JobResult | undefined; readonly everRan: boolean },
  policy: RelaunchPolicy,
): Extract<Verdict, { kind: 'mark' }> | { readonly kind: 'relaunch'; readonly cause: string } {
  const mark = (errorMessage: string) => ({
    kind: 'mark' as const,
    outcome: { kind: 'errored' as const, errorMessage },
    failure: lostVerdict.reason.failure,
  });
  const stepsStarted = record.firstStepStarted || (evidence.result?.stepsStarted ?? evidence.everRan);
  if (policy.relaunch === 'before-first-step' && stepsStarted) {
    return mark(`${lostVerdict.cause}; not launched again, because a step may have started`);
  }
  if (record.attempt > policy.relaunchLimit) {
    return mark(`${lostVerdict.cause}; given up after ${record.attempt} attempts`);
  }
  return { kind: 'relaunch', cause: lostVerdict.cause };
}
