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
import {
  abandon,
  afterOwnStop,
  afterResult,
  afterStop,
  cancelEnding,
  endingWhy,
  enter,
  finish,
  forgetEnding,
  launchOverdueEnding,
  lostTaskResult,
  mark,
  markRefused,
  restop,
  same,
  settle,
  startOverdueEnding,
  stop,
  stopOverdue,
  strikeEnding,
} from './endings.ts';
import type { EventKind, EventOf, JobEvent, Moment, Next, StateOf } from './events.ts';
import { backoff, LIMITS } from './limits.ts';
import { deadlineOutcome } from './outcomes.ts';
import type { JobRecord, JobState, StateKind } from './record.ts';
import type { Millis } from './world.ts';

type Rule<S extends StateKind, E extends EventKind> = (
  record: JobRecord,
  state: StateOf<S>,
  event: EventOf<E>,
  at: Moment,
) => Next;

/** `ignore`: legal and without meaning here, such as news of a task of long ago. */
type Table = { readonly [S in StateKind]: { readonly [E in EventKind]: Rule<S, E> | 'ignore' } };

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

/** ECS made no task of the request. */
function refused(record: JobRecord, { request }: StateOf<'launching'>, event: EventOf<'launch-refused'>): JobRecord {
  const counted: JobRecord = { ...record, refusals: record.refusals + 1 };
  if (event.isForCapacity !== true) return counted;
  const times = (record.capacityRefusal?.times ?? 0) + 1;
  return { ...counted, capacityRefusal: { capacity: request.capacity, why: event.why, times } };
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
