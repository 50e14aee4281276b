// How an attempt ends, and a life: what becomes of a record when its task has ended, is to be stopped, or will never be.
// Pure, as the table of states (./states.ts) that calls these rules.
import type { Moment, Next, StateOf } from './events.ts';
import type { JobResult } from './job-result.ts';
import { backoff, LIMITS } from './limits.ts';
import {
  cancelledOutcome,
  deadlineOutcome,
  relaunchOrMark,
  type Verdict,
  verdictOfClaim,
  verdictOfRunnerExit,
  verdictOfStop,
} from './outcomes.ts';
import { type Ending, type FailureKind, type JobRecord, type JobState, withoutLaunch } from './record.ts';
import type { TaskStopped } from './task-stopped.ts';
import type { MarkOutcome } from './world.ts';

export const same: Next = { kind: 'same' };
export const enter = (record: JobRecord, state: JobState): Next => ({ kind: 'next', record: { ...record, state } });

export const mark = (outcome: MarkOutcome, failure: FailureKind, resultWins = false): Ending => ({
  kind: 'mark',
  outcome,
  failure,
  resultWins,
});
export const cancelEnding: Ending = mark(cancelledOutcome, 'cancelled');
export const strikeEnding = (errorMessage: string): Ending => mark({ kind: 'errored', errorMessage }, 'internal');
export const forgetEnding = (cause: string): Ending => ({ kind: 'forget', cause });

/** No task exists (any more): the ending takes place. */
export function settle(record: JobRecord, ending: Ending, at: Moment): Next {
  switch (ending.kind) {
    case 'mark':
      return finish(record, ending.outcome, ending.failure, at);
    case 'relaunch':
      return relaunch(record, ending.cause, at);
    case 'forget':
      return { kind: 'remove', why: 'given-back' };
    case 'decide':
      return relaunch(record, 'the task never ran', at);
  }
}

export function finish(record: JobRecord, outcome: MarkOutcome, failure: FailureKind | undefined, at: Moment): Next {
  return enter(record, {
    kind: 'finished',
    since: at.now,
    notBefore: at.now,
    outcome,
    ...(failure === undefined ? {} : { failure }),
    tries: 0,
  });
}

export function relaunch(record: JobRecord, why: string, at: Moment): Next {
  const losses = record.losses.infrastructure + record.losses.spot;
  return enter(
    { ...withoutLaunch(record), attempt: record.attempt + 1, refusals: 0, lastLoss: why },
    {
      kind: 'to-launch',
      since: at.now,
      notBefore: at.now + backoff(losses, LIMITS.relaunchBackoff, at.fraction),
      waitsFor: why,
    },
  );
}

export function stop(record: JobRecord, task: string, why: string, then: Ending, at: Moment): Next {
  return enter(record, { kind: 'stopping', since: at.now, notBefore: at.now, task, why, then });
}

const weight = (ending: Ending | undefined): number =>
  ending === undefined ? -1 : { decide: 0, relaunch: 0, mark: 1, forget: 2 }[ending.kind];

export function abandon(record: JobRecord, state: StateOf<'launching'>, ending: Ending): Next {
  if (weight(ending) <= weight(state.abandon)) return same;
  return enter(record, { ...state, abandon: ending });
}

export function restop(record: JobRecord, state: StateOf<'stopping'>, ending: Ending): Next {
  return weight(ending) <= weight(state.then) ? same : enter(record, { ...state, then: ending });
}

/** What the runner counted, kept for the next attempt. */
function noted(record: JobRecord, result: JobResult | undefined): JobRecord {
  if (result === undefined) return record;
  return {
    ...record,
    logEntries: Math.max(record.logEntries, result.logEntries),
    firstStepStarted: record.firstStepStarted || result.stepsStarted,
  };
}

export function afterResult(record: JobRecord, task: string, result: JobResult, at: Moment): Next {
  const verdict = verdictOfClaim(result.outcome, record.runtimeLimitMs);
  const known = noted(record, result);
  if (verdict.kind === 'mark') return finish(known, verdict.outcome, verdict.failure, at);
  return stop(known, task, 'the step-runner ended early', { kind: 'decide' }, at);
}

export function afterStop(record: JobRecord, stopped: TaskStopped, result: JobResult | undefined, at: Moment): Next {
  const verdict = verdictOfStop(record, stopped, result?.outcome);
  const known = noted(record, result);
  if (verdict.kind === 'mark') return finish(known, verdict.outcome, verdict.failure, at);
  const spot = verdict.reason.class === 'spot';
  const counted: JobRecord = {
    ...known,
    losses: {
      infrastructure: known.losses.infrastructure + (spot ? 0 : 1),
      spot: known.losses.spot + (spot ? 1 : 0),
    },
  };
  const everRan = stopped.startedAt !== undefined || record.state.kind === 'running';
  const decision = relaunchOrMark(counted, verdict, { result, everRan }, at);
  if (decision.kind === 'mark') return finish(counted, decision.outcome, decision.failure, at);
  return relaunch(counted, decision.cause, at);
}

/**
 * How the runner had ended by itself, if it had: by its result, else by its exit code; else by what AWS says of a
 * container that died before (an OOM, an image that is not there).
 */
function ownEnd(
  record: JobRecord,
  stopped: TaskStopped | undefined,
  result: JobResult | undefined,
): Extract<Verdict, { kind: 'mark' }> | undefined {
  const claimed = result === undefined ? undefined : verdictOfClaim(result.outcome, record.runtimeLimitMs);
  if (claimed?.kind === 'mark') return claimed;
  if (stopped === undefined) return undefined;
  const byExit = result === undefined ? verdictOfRunnerExit(stopped, record.runtimeLimitMs) : undefined;
  const verdict = byExit ?? verdictOfStop(record, stopped, result?.outcome);
  return verdict.kind === 'mark' && verdict.failure !== 'infrastructure' ? verdict : undefined;
}

/** The stop was ours. A runner that had ended by itself before is believed where the ending allows. */
export function afterOwnStop(
  record: JobRecord,
  then: Ending,
  stopped: TaskStopped | undefined,
  result: JobResult | undefined,
  at: Moment,
): Next {
  const known = noted(record, result);
  const ended = ownEnd(record, stopped, result);
  switch (then.kind) {
    case 'mark':
      if (ended !== undefined && then.resultWins) return finish(known, ended.outcome, ended.failure, at);
      // Why a container died is for the stopped task to say.
      if (then.resultWins && result?.outcome.kind === 'container-lost' && stopped === undefined) {
        return { kind: 'next', record: known };
      }
      return finish(known, atDeadline(record, then, result) ?? then.outcome, then.failure, at);
    case 'forget':
      return { kind: 'remove', why: 'given-back' };
    case 'relaunch':
    case 'decide':
      if (ended !== undefined) return finish(known, ended.outcome, ended.failure, at);
      if (stopped === undefined) return { kind: 'next', record: known };
      return then.kind === 'decide' ? afterStop(record, stopped, result, at) : relaunch(known, then.cause, at);
  }
}

/** A job that was stopped at its deadline, in the words of its step-runner about what it was stopped in. */
function atDeadline(record: JobRecord, then: Ending, result: JobResult | undefined): MarkOutcome | undefined {
  if (then.kind !== 'mark' || then.failure !== 'deadline' || result?.outcome.kind !== 'stopped') return undefined;
  const { errorMessage, stepsDone } = result.outcome;
  return stepsDone === true ? { kind: 'errored', errorMessage } : deadlineOutcome(record.runtimeLimitMs, errorMessage);
}

/**
 * The same mark will meet the same answer, unless it becomes shorter or somebody mends what stands between. Given back,
 * the job is reset or failed by Sourcegraph, as one that a reference executor could not mark.
 */
export function markRefused(record: JobRecord, state: StateOf<'finished'>, status: number, at: Moment): Next {
  const marksRefused = (state.marksRefused ?? 0) + 1;
  if (marksRefused >= LIMITS.markRefusals) return { kind: 'remove', why: 'given-back' };
  const shorter = status === CONTENT_TOO_LARGE ? shortened(state.outcome) : undefined;
  return enter(record, {
    ...state,
    outcome: shorter ?? state.outcome,
    marksRefused,
    notBefore: shorter === undefined ? at.now + backoff(marksRefused, LIMITS.markBackoff, at.fraction) : at.now,
  });
}

const CONTENT_TOO_LARGE = 413;

/** Undefined: it is short enough, so that another's length is the matter. */
function shortened(outcome: MarkOutcome): MarkOutcome | undefined {
  if (outcome.kind === 'completed' || outcome.errorMessage.length <= LIMITS.shortMessage) return undefined;
  const errorMessage = `${outcome.errorMessage.slice(0, LIMITS.shortMessage - SHORTENED.length)}${SHORTENED}`;
  return { ...outcome, errorMessage };
}

const SHORTENED = ' ... (shortened: Sourcegraph did not take the whole message)';

export function endingWhy(ending: Ending): string {
  return ending.kind === 'mark' && ending.failure === 'cancelled' ? 'cancelled in Sourcegraph' : 'no longer wanted';
}

// Without the task's name nothing can be stopped, but a runner that has put its result has ended.
export function lostTaskResult(record: JobRecord, result: JobResult, at: Moment): Next {
  const verdict = verdictOfClaim(result.outcome, record.runtimeLimitMs);
  const known = noted(record, result);
  return verdict.kind === 'mark'
    ? finish(known, verdict.outcome, verdict.failure, at)
    : { kind: 'next', record: known };
}

export function launchOverdueEnding(waitsFor: string | undefined): Ending {
  const why = waitsFor === undefined ? 'AWS gave no answer' : waitsFor;
  const minutes = LIMITS.launchMs / 60_000;
  return mark(
    { kind: 'errored', errorMessage: `the job could not be launched within ${minutes} minutes: ${why}` },
    'capacity',
  );
}

export function startOverdueEnding(record: JobRecord, at: Moment): Ending {
  if (record.attempt <= at.relaunchLimit) return { kind: 'relaunch', cause: 'the task did not start in time' };
  const errorMessage = `the task did not start within ${LIMITS.launchMs / 60_000} minutes; given up after ${record.attempt} attempts`;
  return mark({ kind: 'errored', errorMessage }, 'infrastructure');
}

// StopTask was accepted and STOPPED never came (seen: 40 minutes). SIGKILL has long been sent by then.
export function stopOverdue(record: JobRecord, state: StateOf<'stopping'>, at: Moment): Next {
  const { then } = state;
  if (then.kind === 'mark' || then.kind === 'forget') return settle(record, then, at);
  const errorMessage = 'the task was lost, and AWS never confirmed its end, so the job could not be launched again';
  return finish(record, { kind: 'errored', errorMessage }, 'infrastructure', at);
}
