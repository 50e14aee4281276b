import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { LIMITS } from '#jobs/limits.ts';
import { type JobRecord, JobRecordSchema, type JobState, type StateKind } from '#jobs/record.ts';
import type { EventKind, JobEvent, Moment } from '#jobs/events.ts';
import { next, overdue, TRANSITIONS } from '#jobs/states.ts';
import { RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import { attemptId } from '#jobs/keys.ts';
import { aRecord } from '../contracts/job-store.ts';

const NOW = 1_800_000_000_000;
const AT: Moment = { now: NOW, fraction: 0.5, relaunch: 'always', relaunchLimit: 3, spot: 'never' };
const base = aRecord(1);
const request = {
  attempt: attemptId(base.key, 1),
  clientToken: 'token',
  definition: 'definition',
  payloadUrl: 'url',
  capacity: 'on-demand' as const,
  size: base.size,
};
const cancelled = { kind: 'failed' as const, errorMessage: 'context canceled' };

const STATES: { readonly [K in StateKind]: Extract<JobState, { kind: K }> } = {
  'to-launch': { kind: 'to-launch', since: NOW, notBefore: NOW },
  launching: { kind: 'launching', since: NOW, notBefore: NOW, request },
  starting: { kind: 'starting', since: NOW, task: 'task' },
  running: { kind: 'running', since: NOW, task: 'task' },
  stopping: {
    kind: 'stopping',
    since: NOW,
    notBefore: NOW,
    task: 'task',
    why: 'why',
    then: { kind: 'mark', outcome: cancelled, failure: 'cancelled', resultWins: false },
  },
  finished: { kind: 'finished', since: NOW, notBefore: NOW, outcome: { kind: 'completed' }, tries: 0 },
};
const STATE_KINDS = Object.keys(STATES) as StateKind[];

const stopped = (exitCode: number, stopCode = 'EssentialContainerExited') => ({
  task: 'task',
  attempt: request.attempt,
  stopCode,
  stoppedReason: '',
  containers: [{ name: RUNNER_CONTAINER, exitCode }],
  version: 1,
  startedAt: NOW,
  spot: false,
});
const result = (outcome: 'completed' | 'stopped') => ({
  v: 1 as const,
  attempt: request.attempt,
  outcome: outcome === 'completed' ? { kind: outcome } : { kind: outcome, errorMessage: 'm' },
  logEntries: 4,
  stepsStarted: true,
  logBytesSent: 1,
  durationMs: 1,
});

const EVENTS: { readonly [K in EventKind]: readonly Extract<JobEvent, { kind: K }>[] } = {
  prepared: [{ kind: 'prepared', request }],
  impossible: [{ kind: 'impossible', errorMessage: 'never', failure: 'refused' }],
  'put-off': [{ kind: 'put-off', why: 'later', delayMs: 1_000 }],
  'stop-accepted': [{ kind: 'stop-accepted', delayMs: 20_000 }],
  'launch-refused': [{ kind: 'launch-refused', why: 'no room', delayMs: 1_000 }],
  'launch-in-doubt': [{ kind: 'launch-in-doubt', why: 'no answer' }],
  launched: [{ kind: 'launched', task: 'task' }],
  'task-running': [{ kind: 'task-running', task: 'task', startedAt: NOW }],
  result: [
    { kind: 'result', result: result('completed') },
    { kind: 'result', result: result('stopped') },
  ],
  'task-stopped': [
    { kind: 'task-stopped', stopped: stopped(0), result: undefined },
    { kind: 'task-stopped', stopped: stopped(1), result: undefined },
    { kind: 'task-stopped', stopped: stopped(14, 'SpotInterruption'), result: result('stopped') },
  ],
  cancelled: [{ kind: 'cancelled' }],
  'not-ours': [{ kind: 'not-ours', why: 'gone' }],
  struck: [{ kind: 'struck', errorMessage: 'poison' }],
  overdue: [{ kind: 'overdue' }],
  'mark-answered': [
    { kind: 'mark-answered', answer: 'marked' },
    { kind: 'mark-answered', answer: 'not-ours' },
  ],
  'mark-unanswered': [{ kind: 'mark-unanswered' }],
  'mark-refused': [
    { kind: 'mark-refused', status: 403 },
    { kind: 'mark-refused', status: 413 },
  ],
};
const ALL_EVENTS: readonly JobEvent[] = Object.values(EVENTS).flat();

const inState = (state: JobState): JobRecord => ({ ...base, state });
const step = (state: JobState, event: JobEvent) => next(inState(state), event, AT);
const kindAfter = (state: JobState, event: JobEvent): string => {
  const decided = step(state, event);
  return decided.kind === 'next' ? decided.record.state.kind : decided.kind;
};

describe('one way of a job', () => {
  test('from dequeue to mark', () => {
    const way: readonly JobEvent[] = [
      { kind: 'prepared', request },
      { kind: 'launched', task: 'task' },
      { kind: 'task-running', task: 'task', startedAt: NOW },
      { kind: 'result', result: result('completed') },
      { kind: 'mark-answered', answer: 'marked' },
    ];
    let record = base;
    const seen: string[] = [];
    for (const event of way) {
      const decided = next(record, event, AT);
      seen.push(decided.kind === 'next' ? decided.record.state.kind : decided.kind);
      if (decided.kind === 'next') record = decided.record;
    }
    expect(seen).toEqual(['launching', 'starting', 'running', 'finished', 'remove']);
  });

  const rows: readonly (readonly [title: string, StateKind, JobEvent, string])[] = [
    ['a cancel before the launch needs no stop', 'to-launch', { kind: 'cancelled' }, 'finished'],
    ['a cancel while the launch has no answer waits for one', 'launching', { kind: 'cancelled' }, 'launching'],
    ['a cancel stops what runs', 'running', { kind: 'cancelled' }, 'stopping'],
    ['a job of others is dropped before the launch', 'to-launch', { kind: 'not-ours', why: '' }, 'remove'],
    ['a job of others is stopped first', 'running', { kind: 'not-ours', why: '' }, 'stopping'],
    ['a refusal is prepared anew', 'launching', { kind: 'launch-refused', why: '', delayMs: 1 }, 'to-launch'],
    [
      'a crash is launched again',
      'running',
      { kind: 'task-stopped', stopped: stopped(1), result: undefined },
      'to-launch',
    ],
    [
      'the exit code alone is enough',
      'running',
      { kind: 'task-stopped', stopped: stopped(0), result: undefined },
      'finished',
    ],
    [
      'the answer to the launch was lost, and the task is through',
      'launching',
      { kind: 'task-stopped', stopped: stopped(0), result: undefined },
      'finished',
    ],
    ['an early end waits for the task to stop', 'running', { kind: 'result', result: result('stopped') }, 'stopping'],
    ['a cancel of a finished job comes too late', 'finished', { kind: 'cancelled' }, 'same'],
    ['a finished job is marked whatever the heartbeat says', 'finished', { kind: 'not-ours', why: '' }, 'same'],
    ['not yours is an answer', 'finished', { kind: 'mark-answered', answer: 'not-ours' }, 'remove'],
  ];
  test.each(rows)('%s', (_title, state, event, expected) => {
    expect(kindAfter(STATES[state], event)).toBe(expected);
  });

  test('what an attempt was refused for says nothing of the next one', () => {
    const launching = inState(STATES.launching);
    const refused = next(launching, { kind: 'launch-refused', why: 'none', delayMs: 1, isForCapacity: true }, AT);
    if (refused.kind !== 'next') throw new Error(refused.kind);
    expect(refused.record).toMatchObject({ capacityRefusal: { why: 'none', times: 1 }, refusals: base.refusals + 1 });
    const running = { ...refused.record, state: STATES.running };
    const lost = next(running, { kind: 'task-stopped', stopped: stopped(1), result: undefined }, AT);
    if (lost.kind !== 'next') throw new Error(lost.kind);
    expect(lost.record).toMatchObject({ attempt: 2, refusals: 0, state: { kind: 'to-launch' } });
    expect(lost.record).not.toHaveProperty('capacityRefusal');
  });

  test('an abandoned launch is stopped as soon as it is known, and ended as soon as it is refused', () => {
    const decided = step(STATES.launching, { kind: 'cancelled' });
    if (decided.kind !== 'next') throw new Error('same');
    expect(kindAfter(decided.record.state, { kind: 'launched', task: 'task' })).toBe('stopping');
    expect(kindAfter(decided.record.state, { kind: 'launch-refused', why: '', delayMs: 1 })).toBe('finished');
  });

  test('what the runner said before our stop for the deadline counts', () => {
    const late = step(STATES.running, { kind: 'overdue' });
    if (late.kind !== 'next') throw new Error('same');
    const ended = next(late.record, { kind: 'result', result: result('completed') }, AT);
    expect(ended).toMatchObject({ record: { state: { kind: 'finished', outcome: { kind: 'completed' } } } });
  });

  test('a job that our stop for the deadline interrupted is told in what', () => {
    const late = step(STATES.running, { kind: 'overdue' });
    if (late.kind !== 'next') throw new Error('same');
    const ended = next(late.record, { kind: 'result', result: result('stopped') }, AT);
    const outcome = { kind: 'errored', errorMessage: 'job exceeded maximum execution time of 30m0s: m' };
    expect(ended).toMatchObject({ record: { state: { kind: 'finished', outcome, failure: 'deadline' } } });
  });

  test('and one that was done but for its log is told so, not as one that took too long', () => {
    const late = step(STATES.running, { kind: 'overdue' });
    if (late.kind !== 'next') throw new Error('same');
    const outcome = { kind: 'stopped', errorMessage: 'sending the log: no answer', stepsDone: true } as const;
    const ended = next(late.record, { kind: 'result', result: { ...result('stopped'), outcome } }, AT);
    expect(ended).toMatchObject({ record: { state: { outcome: { errorMessage: 'sending the log: no answer' } } } });
  });

  test('a cancel is the end whatever the runner said', () => {
    const ended = step(STATES.stopping, { kind: 'result', result: result('completed') });
    expect(ended).toMatchObject({ record: { state: { kind: 'finished', outcome: cancelled } } });
  });

  describe('a step container that died before our stop for the deadline', () => {
    const gone = {
      kind: 'container-lost' as const,
      container: 'step-0',
      errorMessage: 'step container step-0 is gone',
    };
    const killed = {
      ...stopped(15, 'UserInitiated'),
      stoppedReason: 'past its deadline',
      containers: [
        { name: RUNNER_CONTAINER, exitCode: 15 },
        { name: 'step-0', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
      ],
    };
    const late = step(STATES.running, { kind: 'overdue' });
    if (late.kind !== 'next') throw new Error('same');
    const memory = { kind: 'finished', failure: 'out-of-memory' };

    test('is told, and not the deadline: the runner says so, the stopped task says why', () => {
      const waits = next(late.record, { kind: 'result', result: { ...result('stopped'), outcome: gone } }, AT);
      expect(waits).toMatchObject({ record: { state: { kind: 'stopping' } } });
      const told = { ...result('stopped'), outcome: gone };
      const ended = next(late.record, { kind: 'task-stopped', stopped: killed, result: told }, AT);
      expect(ended).toMatchObject({ record: { state: memory } });
    });

    test('is told although no result came', () => {
      const ended = next(late.record, { kind: 'task-stopped', stopped: killed, result: undefined }, AT);
      expect(ended).toMatchObject({ record: { state: memory } });
    });

    test('and one that simply ran too long has the deadline for its end', () => {
      const slow = { ...killed, containers: [{ name: RUNNER_CONTAINER, exitCode: 137 }] };
      const ended = next(late.record, { kind: 'task-stopped', stopped: slow, result: undefined }, AT);
      expect(ended).toMatchObject({ record: { state: { kind: 'finished', failure: 'deadline' } } });
    });
  });

  test('the next attempt knows the log entries of the one before', () => {
    const spot = step(STATES.running, EVENTS['task-stopped'][2] ?? { kind: 'cancelled' });
    expect(spot).toMatchObject({ record: { attempt: 2, logEntries: 4, firstStepStarted: true, losses: { spot: 1 } } });
  });

  test('a disowned job whose marks find no answer is let go', () => {
    const tried = { ...STATES.finished, tries: 3 };
    expect(kindAfter(tried, { kind: 'not-ours', why: '' })).toBe('remove');
  });
});

describe('the table', () => {
  test('has a rule for every state and event', () => {
    for (const state of STATE_KINDS) expect(Object.keys(TRANSITIONS[state]).sort()).toEqual(Object.keys(EVENTS).sort());
  });

  test('every record that comes out can be stored and read back', () => {
    for (const state of Object.values(STATES)) {
      for (const event of ALL_EVENTS) {
        const decided = step(state, event);
        if (decided.kind === 'next') expect(JobRecordSchema.parse(decided.record)).toEqual(decided.record);
      }
    }
  });

  test('what a later version has put into a state is kept while that state lasts', () => {
    const later = { ...STATES.stopping, addedLater: { deep: [1] } };
    const read = JobRecordSchema.parse({ ...base, state: later });
    expect(read.state).toEqual(later);
    const putOff = next(read, { kind: 'put-off', why: 'throttled', delayMs: 5 }, AT);
    expect(putOff).toMatchObject({ record: { state: { ...later, notBefore: NOW + 5 } } });
  });

  test('an ignored event changes nothing', () => {
    for (const kind of STATE_KINDS) {
      for (const event of ALL_EVENTS) {
        if (TRANSITIONS[kind][event.kind] === 'ignore') expect(step(STATES[kind], event).kind).toBe('same');
      }
    }
  });
});

/** What the outside world would know: the truth about the task, against which the record is held. */
interface Seen {
  readonly record: JobRecord | undefined;
  readonly before: JobRecord;
  readonly event: JobEvent;
}

function life(events: readonly JobEvent[]): readonly Seen[] {
  const seen: Seen[] = [];
  let record = base;
  for (const event of events) {
    const decided = next(record, event, AT);
    if (decided.kind === 'same') continue;
    const after = decided.kind === 'next' ? decided.record : undefined;
    seen.push({ before: record, event, record: after });
    if (after === undefined) break;
    record = after;
  }
  return seen;
}

describe('whatever happens in whatever order', () => {
  const lives = fc.array(fc.constantFrom(...ALL_EVENTS), { maxLength: 40 });

  const holds = (name: string, rule: (seen: Seen) => boolean) => {
    test(name, () => {
      fc.assert(
        fc.property(lives, (events) => {
          for (const seen of life(events)) if (!rule(seen)) return false;
          return true;
        }),
        { numRuns: 2_000 },
      );
    });
  };

  holds('a launch without a definite answer is never forgotten (S1)', ({ before, event, record }) => {
    if (before.state.kind !== 'launching' || record?.state.kind === 'launching') return true;
    return ['launched', 'task-running', 'launch-refused', 'impossible', 'result', 'task-stopped'].includes(event.kind);
  });

  holds('a new attempt is begun only after the old one is surely stopped (S2)', ({ before, event, record }) =>
    record === undefined || record.attempt === before.attempt
      ? true
      : record.attempt === before.attempt + 1 && (event.kind === 'task-stopped' || event.kind === 'launch-refused'),
  );

  holds('nothing is finished while its task may still write (S3)', ({ before, event, record }) => {
    if (record?.state.kind !== 'finished' || before.state.kind === 'finished') return true;
    const ended = event.kind === 'result' || event.kind === 'task-stopped';
    const neverRan = before.state.kind === 'to-launch' || before.state.kind === 'launching';
    return ended || neverRan || (before.state.kind === 'stopping' && event.kind === 'overdue');
  });

  holds('a finished job keeps its outcome until it is removed (S4)', ({ before, record }) => {
    if (before.state.kind !== 'finished' || record === undefined) return true;
    return record.state.kind === 'finished' && record.state.outcome === before.state.outcome;
  });

  holds('what was given up for good is never marked (S5)', ({ before, record }) => {
    const { state } = before;
    const given = state.kind === 'stopping' ? state.then : state.kind === 'launching' ? state.abandon : undefined;
    return given?.kind !== 'forget' || record?.state.kind !== 'finished';
  });

  holds('names stay: key, queue, ID and token', ({ before, record }) =>
    record === undefined ? true : record.key === before.key && record.token === before.token,
  );

  test('every record can come to its end', () => {
    fc.assert(
      fc.property(lives, (events) => {
        const last = life(events).at(-1);
        let record = last === undefined ? base : last.record;
        const ways: readonly JobEvent[] = [
          { kind: 'launch-refused', why: '', delayMs: 0 },
          { kind: 'cancelled' },
          { kind: 'task-stopped', stopped: stopped(1), result: undefined },
          { kind: 'cancelled' },
          { kind: 'mark-answered', answer: 'marked' },
        ];
        for (const event of ways) {
          if (record === undefined) return true;
          const decided = next(record, event, AT);
          if (decided.kind === 'remove') return true;
          if (decided.kind === 'next') record = decided.record;
        }
        return false;
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('limits', () => {
  const rows: readonly (readonly [StateKind, number])[] = [
    ['to-launch', LIMITS.launchMs],
    ['launching', LIMITS.launchMs],
    ['starting', LIMITS.launchMs],
    ['running', base.runtimeLimitMs + LIMITS.deadlineGraceMs],
  ];
  test.each(rows)('%s may last %i ms', (kind, ms) => {
    expect(overdue(inState(STATES[kind]), NOW + ms)).toBe(false);
    expect(overdue(inState(STATES[kind]), NOW + ms + 1)).toBe(true);
  });
  test('a stop has its limit from the moment on that ECS takes it', () => {
    expect(overdue(inState(STATES.stopping), NOW + 1e12)).toBe(false);
    const accepted = { kind: 'stop-accepted', delayMs: LIMITS.restopMs } as const;
    const once = next(inState(STATES.stopping), accepted, { ...AT, now: NOW + 60_000 });
    const again = once.kind === 'next' ? next(once.record, accepted, { ...AT, now: NOW + 80_000 }) : once;
    if (again.kind !== 'next') throw new Error('same');
    expect(overdue(again.record, NOW + 60_000 + LIMITS.stopMs)).toBe(false);
    expect(overdue(again.record, NOW + 60_000 + LIMITS.stopMs + 1)).toBe(true);
  });
  test('a finished job waits for its mark as long as it takes', () => {
    expect(overdue(inState(STATES.finished), NOW + 1e12)).toBe(false);
  });
});
