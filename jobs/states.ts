// The life of a job as one table: for each state and event, what comes next. Pure: a record and an event go in, the next
// record comes out. Whoever carries the event in (dispatch, complete) writes the answer with a conditional write and
// only then acts, so two of them at once cannot both win.
//
// Effects belong to states, not to transitions: to-launch prepares, launching sends RunTask, stopping sends StopTask,
// finished marks. A state's effect is repeated, from `notBefore` on, until an event moves the record on; so a crash
// between the write and the act loses nothing, and each act must be safe to repeat.
//
// S1. A record leaves `launching` only by a definite answer: until then a task may exist that nobody knows. A refusal is
//     definite only while no send before it went unanswered.
// S2. An attempt is counted up only when the one before is surely stopped (TaskStopped, or a refusal).
// S3. `finished` is entered only when the runner has put its result or its task has stopped: nothing is marked before
//     the last log entry. The one exception is a stop that ECS accepted and never confirmed within its limit.
// S4. `finished` is left only by an answered mark, by the last of many refused ones, or when Sourcegraph disowns a job
//     whose marks find no answer. What a user wants by then comes too late.
// S5. An ending once decided is replaced only by a stronger one: mark < forget.
import type { JobResult } from './job-result.ts';
import { backoff, LIMITS } from './limits.ts';
import {
  cancelledOutcome,
  deadlineOutcome,
  relaunchOrMark,
  type RelaunchPolicy,
  type Verdict,
  verdictOfClaim,
  verdictOfRunnerExit,
  verdictOfStop,
} from './outcomes.ts';
import {
  type Ending,
  type FailureKind,
  type JobRecord,
  type JobState,
  type StateKind,
  withoutLaunch,
} from './record.ts';
import type { TaskStopped } from './task-stopped.ts';
import type { LaunchRequest, MarkOutcome, Millis } from './world.ts';

export type JobEvent =
  /** Definition and payload are there; the request is to be written before it is sent. */
  | { readonly kind: 'prepared'; readonly request: LaunchRequest }
  /** The job can never run here. */
  | { readonly kind: 'impossible'; readonly errorMessage: string; readonly failure: FailureKind }
  /** The effect did not come through and nothing is known to have changed: again, later. */
  | { readonly kind: 'put-off'; readonly why: string; readonly delayMs: Millis }
  /** ECS takes StopTask; it is asked again after the delay. */
  | { readonly kind: 'stop-accepted'; readonly delayMs: Millis }
  /** ECS definitely made no task. */
  | {
      readonly kind: 'launch-refused';
      readonly why: string;
      readonly delayMs: Millis;
      /** Capacity or quota was lacking. */
      readonly isForCapacity?: boolean;
    }
  /** It is not to be sent again, and an earlier send may have made a task: that is looked for. */
  | { readonly kind: 'launch-in-doubt'; readonly why: string }
  | { readonly kind: 'launched'; readonly task: string }
  | { readonly kind: 'task-running'; readonly task: string; readonly startedAt: Millis }
  | { readonly kind: 'result'; readonly result: JobResult }
  | { readonly kind: 'task-stopped'; readonly stopped: TaskStopped; readonly result: JobResult | undefined }
  | { readonly kind: 'cancelled' }
  /** Sourcegraph no longer counts the job as ours, or gave it to us anew. */
  | { readonly kind: 'not-ours'; readonly why: string }
  | { readonly kind: 'struck'; readonly errorMessage: string }
  /** A limit of ./limits.ts has passed; {@link overdue} says so. */
  | { readonly kind: 'overdue' }
  | { readonly kind: 'mark-answered'; readonly answer: 'marked' | 'not-ours' }
  | { readonly kind: 'mark-unanswered' }
  /** A definite no that is not "not yours", such as 400, 403 or 413. */
  | { readonly kind: 'mark-refused'; readonly status: number };

export type EventKind = JobEvent['kind'];
type EventOf<K extends EventKind> = Extract<JobEvent, { kind: K }>;
type StateOf<K extends StateKind> = Extract<JobState, { kind: K }>;

export interface Moment extends RelaunchPolicy {
  readonly now: Millis;
  /** At least 0, below 1: the draw for jitter. */
  readonly fraction: number;
  /** Spot with fallback gives up Spot after so many losses. */
  readonly spot: 'never' | 'always' | 'with-fallback';
}

export type Next =
  | { readonly kind: 'next'; readonly record: JobRecord }
  /** The event means nothing in this state; nothing is written. */
  | { readonly kind: 'same' }
  /** Payloads, kept job and record go. */
  | { readonly kind: 'remove'; readonly why: 'marked' | 'not-ours' | 'given-back' };

type Rule<S extends StateKind, E extends EventKind> = (
  record: JobRecord,
  state: StateOf<S>,
  event: EventOf<E>,
  at: Moment,
) => Next;

/** `ignore`: legal and without meaning here, such as news of a task of long ago. */
type Table = { readonly [S in StateKind]: { readonly [E in EventKind]: Rule<S, E> | 'ignore' } };

const same: Next = { kind: 'same' };
const enter = (record: JobRecord, state: JobState): Next => ({ kind: 'next', record: { ...record, state } });

const mark = (outcome: MarkOutcome, failure: FailureKind, resultWins = false): Ending => ({
  kind: 'mark',
  outcome,
  failure,
  resultWins,
});
const cancelEnding: Ending = mark(cancelledOutcome, 'cancelled');
const strikeEnding = (errorMessage: string): Ending => mark({ kind: 'errored', errorMessage }, 'internal');
const forgetEnding = (cause: string): Ending => ({ kind: 'forget', cause });

/** No task exists (any more): the ending takes place. */
function settle(record: JobRecord, ending: Ending, at: Moment): Next {
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

function finish(record: JobRecord, outcome: MarkOutcome, failure: FailureKind | undefined, at: Moment): Next {
  return enter(record, {
    kind: 'finished',
    since: at.now,
    notBefore: at.now,
    outcome,
    ...(failure === undefined ? {} : { failure }),
    tries: 0,
  });
}

/** ECS made no task of the request. */
function refused(record: JobRecord, { request }: StateOf<'launching'>, event: EventOf<'launch-refused'>): JobRecord {
  const counted: JobRecord = { ...record, refusals: record.refusals + 1 };
  if (event.isForCapacity !== true) return counted;
  const times = (record.capacityRefusal?.times ?? 0) + 1;
  return { ...counted, capacityRefusal: { capacity: request.capacity, why: event.why, times } };
}

function relaunch(record: JobRecord, why: string, at: Moment): Next {
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

function stop(record: JobRecord, task: string, why: string, then: Ending, at: Moment): Next {
  return enter(record, { kind: 'stopping', since: at.now, notBefore: at.now, task, why, then });
}

const weight = (ending: Ending | undefined): number =>
  ending === undefined ? -1 : { decide: 0, relaunch: 0, mark: 1, forget: 2 }[ending.kind];

function abandon(record: JobRecord, state: StateOf<'launching'>, ending: Ending): Next {
  if (weight(ending) <= weight(state.abandon)) return same;
  return enter(record, { ...state, abandon: ending });
}

function restop(record: JobRecord, state: StateOf<'stopping'>, ending: Ending): Next {
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

function afterResult(record: JobRecord, task: string, result: JobResult, at: Moment): Next {
  const verdict = verdictOfClaim(result.outcome, record.runtimeLimitMs);
  const known = noted(record, result);
  if (verdict.kind === 'mark') return finish(known, verdict.outcome, verdict.failure, at);
  return stop(known, task, 'the step-runner ended early', { kind: 'decide' }, at);
}

function afterStop(record: JobRecord, stopped: TaskStopped, result: JobResult | undefined, at: Moment): Next {
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
function afterOwnStop(
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

export const TRANSITIONS: Table = {
  'to-launch': {
    // The launch limit counts from the dequeue or the loss on, over all refusals.
    prepared: (record, state, { request }, at) =>
      enter(
        { ...record, launched: { at: at.now, capacity: request.capacity } },
        { kind: 'launching', since: state.since, notBefore: at.now, request },
      ),
    impossible: (record, _state, { errorMessage, failure }, at) =>
      finish(record, { kind: 'errored', errorMessage }, failure, at),
    'put-off': (record, state, { why, delayMs }, at) =>
      enter(record, { ...state, notBefore: at.now + delayMs, waitsFor: why }),
    'stop-accepted': 'ignore',
    'launch-refused': 'ignore',
    'launch-in-doubt': 'ignore',
    // One dispatcher was refused what another got with the same request.
    launched: (record, _state, { task }, at) => enter(record, { kind: 'starting', since: at.now, task }),
    'task-running': (record, _state, { task, startedAt }) => enter(record, { kind: 'running', since: startedAt, task }),
    result: 'ignore',
    'task-stopped': 'ignore',
    cancelled: (record, _state, _event, at) => settle(record, cancelEnding, at),
    'not-ours': (record, _state, { why }, at) => settle(record, forgetEnding(why), at),
    struck: (record, _state, { errorMessage }, at) => settle(record, strikeEnding(errorMessage), at),
    overdue: (record, state, _event, at) => settle(record, launchOverdueEnding(state.waitsFor), at),
    'mark-answered': 'ignore',
    'mark-unanswered': 'ignore',
    'mark-refused': 'ignore',
  },
  launching: {
    prepared: 'ignore',
    impossible: (record, state, { errorMessage, failure }, at) =>
      settle(record, state.abandon ?? mark({ kind: 'errored', errorMessage }, failure), at),
    'put-off': (record, state, { why, delayMs }, at) =>
      enter(record, { ...state, notBefore: at.now + delayMs, waitsFor: why }),
    'stop-accepted': 'ignore',
    'launch-in-doubt': (record, state, { why }, at) =>
      enter(record, { ...state, waitsFor: why, lookingSince: at.now, notBefore: at.now + LIMITS.visibilityMs }),
    'launch-refused': (record, state, event, at) =>
      state.abandon === undefined
        ? enter(refused(record, state, event), {
            kind: 'to-launch',
            since: state.since,
            notBefore: at.now + event.delayMs,
            waitsFor: event.why,
          })
        : settle(record, state.abandon, at),
    launched: (record, state, { task }, at) =>
      state.abandon === undefined
        ? enter(record, { kind: 'starting', since: at.now, task })
        : stop(record, task, endingWhy(state.abandon), state.abandon, at),
    'task-running': (record, state, { task, startedAt }, at) =>
      state.abandon === undefined
        ? enter(record, { kind: 'running', since: startedAt, task })
        : stop(record, task, endingWhy(state.abandon), state.abandon, at),
    // The answer to RunTask was lost, and the task is already through.
    result: (record, state, { result }, at) =>
      state.abandon === undefined
        ? lostTaskResult(record, result, at)
        : afterOwnStop(record, state.abandon, undefined, result, at),
    'task-stopped': (record, state, { stopped, result }, at) =>
      state.abandon === undefined
        ? afterStop(record, stopped, result, at)
        : afterOwnStop(record, state.abandon, stopped, result, at),
    cancelled: (record, state) => abandon(record, state, cancelEnding),
    'not-ours': (record, state, { why }) => abandon(record, state, forgetEnding(why)),
    struck: (record, state, { errorMessage }) => abandon(record, state, strikeEnding(errorMessage)),
    overdue: (record, state) => abandon(record, state, launchOverdueEnding(state.waitsFor)),
    'mark-answered': 'ignore',
    'mark-unanswered': 'ignore',
    'mark-refused': 'ignore',
  },
  starting: {
    prepared: 'ignore',
    impossible: 'ignore',
    'put-off': 'ignore',
    'stop-accepted': 'ignore',
    'launch-refused': 'ignore',
    'launch-in-doubt': 'ignore',
    launched: 'ignore',
    'task-running': (record, state, { startedAt }) =>
      enter(record, { kind: 'running', since: startedAt, task: state.task }),
    result: (record, state, { result }, at) => afterResult(record, state.task, result, at),
    'task-stopped': (record, _state, { stopped, result }, at) => afterStop(record, stopped, result, at),
    cancelled: (record, state, _event, at) => stop(record, state.task, 'cancelled in Sourcegraph', cancelEnding, at),
    'not-ours': (record, state, { why }, at) => stop(record, state.task, why, forgetEnding(why), at),
    struck: (record, state, { errorMessage }, at) =>
      stop(record, state.task, 'given up', strikeEnding(errorMessage), at),
    overdue: (record, state, _event, at) =>
      stop(record, state.task, 'did not start in time', startOverdueEnding(record, at), at),
    'mark-answered': 'ignore',
    'mark-unanswered': 'ignore',
    'mark-refused': 'ignore',
  },
  running: {
    prepared: 'ignore',
    impossible: 'ignore',
    'put-off': 'ignore',
    'stop-accepted': 'ignore',
    'launch-refused': 'ignore',
    'launch-in-doubt': 'ignore',
    launched: 'ignore',
    'task-running': 'ignore',
    result: (record, state, { result }, at) => afterResult(record, state.task, result, at),
    'task-stopped': (record, _state, { stopped, result }, at) => afterStop(record, stopped, result, at),
    cancelled: (record, state, _event, at) => stop(record, state.task, 'cancelled in Sourcegraph', cancelEnding, at),
    'not-ours': (record, state, { why }, at) => stop(record, state.task, why, forgetEnding(why), at),
    struck: (record, state, { errorMessage }, at) =>
      stop(record, state.task, 'given up', strikeEnding(errorMessage), at),
    // The runner keeps the deadline itself; this is for one that does not.
    overdue: (record, state, _event, at) =>
      stop(record, state.task, 'past its deadline', mark(deadlineOutcome(record.runtimeLimitMs), 'deadline', true), at),
    'mark-answered': 'ignore',
    'mark-unanswered': 'ignore',
    'mark-refused': 'ignore',
  },
  stopping: {
    prepared: 'ignore',
    impossible: 'ignore',
    'put-off': (record, state, { delayMs }, at) => enter(record, { ...state, notBefore: at.now + delayMs }),
    'stop-accepted': (record, state, { delayMs }, at) =>
      enter(record, { ...state, notBefore: at.now + delayMs, acceptedAt: state.acceptedAt ?? at.now }),
    'launch-refused': 'ignore',
    'launch-in-doubt': 'ignore',
    launched: 'ignore',
    'task-running': 'ignore',
    result: (record, state, { result }, at) => afterOwnStop(record, state.then, undefined, result, at),
    'task-stopped': (record, state, { stopped, result }, at) => afterOwnStop(record, state.then, stopped, result, at),
    cancelled: (record, state) => restop(record, state, cancelEnding),
    'not-ours': (record, state, { why }) => restop(record, state, forgetEnding(why)),
    struck: (record, state, { errorMessage }) => restop(record, state, strikeEnding(errorMessage)),
    overdue: (record, state, _event, at) => stopOverdue(record, state, at),
    'mark-answered': 'ignore',
    'mark-unanswered': 'ignore',
    'mark-refused': 'ignore',
  },
  finished: {
    prepared: 'ignore',
    impossible: 'ignore',
    'put-off': 'ignore',
    'stop-accepted': 'ignore',
    'launch-refused': 'ignore',
    'launch-in-doubt': 'ignore',
    launched: 'ignore',
    'task-running': 'ignore',
    result: 'ignore',
    'task-stopped': 'ignore',
    cancelled: 'ignore',
    // Most often the mark itself has just made it so. After marks without an answer there is nothing left to say.
    'not-ours': (_record, state) => (state.tries >= 3 ? { kind: 'remove', why: 'not-ours' } : same),
    struck: 'ignore',
    overdue: 'ignore',
    'mark-answered': (_record, _state, { answer }) => ({ kind: 'remove', why: answer }),
    'mark-unanswered': (record, state, _event, at) =>
      enter(record, {
        ...state,
        tries: state.tries + 1,
        notBefore: at.now + backoff(state.tries, LIMITS.markBackoff, at.fraction),
      }),
    'mark-refused': (record, state, { status }, at) => markRefused(record, state, status, at),
  },
};

/**
 * The same mark will meet the same answer, unless it becomes shorter or somebody mends what stands between. Given back,
 * the job is reset or failed by Sourcegraph, as one that a reference executor could not mark.
 */
function markRefused(record: JobRecord, state: StateOf<'finished'>, status: number, at: Moment): Next {
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

function endingWhy(ending: Ending): string {
  return ending.kind === 'mark' && ending.failure === 'cancelled' ? 'cancelled in Sourcegraph' : 'no longer wanted';
}

// Without the task's name nothing can be stopped, but a runner that has put its result has ended.
function lostTaskResult(record: JobRecord, result: JobResult, at: Moment): Next {
  const verdict = verdictOfClaim(result.outcome, record.runtimeLimitMs);
  const known = noted(record, result);
  return verdict.kind === 'mark'
    ? finish(known, verdict.outcome, verdict.failure, at)
    : { kind: 'next', record: known };
}

function launchOverdueEnding(waitsFor: string | undefined): Ending {
  const why = waitsFor === undefined ? 'AWS gave no answer' : waitsFor;
  const minutes = LIMITS.launchMs / 60_000;
  return mark(
    { kind: 'errored', errorMessage: `the job could not be launched within ${minutes} minutes: ${why}` },
    'capacity',
  );
}

function startOverdueEnding(record: JobRecord, at: Moment): Ending {
  if (record.attempt <= at.relaunchLimit) return { kind: 'relaunch', cause: 'the task did not start in time' };
  const errorMessage = `the task did not start within ${LIMITS.launchMs / 60_000} minutes; given up after ${record.attempt} attempts`;
  return mark({ kind: 'errored', errorMessage }, 'infrastructure');
}

// StopTask was accepted and STOPPED never came (seen: 40 minutes). SIGKILL has long been sent by then.
function stopOverdue(record: JobRecord, state: StateOf<'stopping'>, at: Moment): Next {
  const { then } = state;
  if (then.kind === 'mark' || then.kind === 'forget') return settle(record, then, at);
  const errorMessage = 'the task was lost, and AWS never confirmed its end, so the job could not be launched again';
  return finish(record, { kind: 'errored', errorMessage }, 'infrastructure', at);
}

/** What comes next; the one entry to the table. */
export function next(record: JobRecord, event: JobEvent, at: Moment): Next {
  // The table's type ties each rule to its state and event; TypeScript cannot follow two keys at once.
  const rule = TRANSITIONS[record.state.kind][event.kind] as
    ((record: JobRecord, state: JobState, event: JobEvent, at: Moment) => Next) | 'ignore';
  return rule === 'ignore' ? same : rule(record, record.state, event, at);
}

/** Whether the state has lasted longer than it may. */
export function overdue(record: JobRecord, now: Millis): boolean {
  const { state } = record;
  const age = now - state.since;
  switch (state.kind) {
    case 'to-launch':
      return age > LIMITS.launchMs;
    case 'launching':
      return age > LIMITS.launchMs && state.abandon === undefined;
    case 'starting':
      return age > LIMITS.launchMs;
    case 'running':
      return age > record.runtimeLimitMs + LIMITS.deadlineGraceMs;
    case 'stopping':
      // A stop that ECS has not heard of ends nothing.
      return state.acceptedAt !== undefined && now - state.acceptedAt > LIMITS.stopMs;
    case 'finished':
      return false;
  }
}
