// Which samples a transition gives: each job its launch latency, however short it was, and each attempt its cost.
import { describe, expect, test } from '@jest/globals';
import { attemptId } from '#jobs/keys.ts';
import type { JobOptions } from '#jobs/options.ts';
import type { JobRecord, JobState } from '#jobs/record.ts';
import type { JobEvent } from '#jobs/events.ts';
import { next } from '#jobs/states.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import { noteTransition } from '#jobs/telemetry.ts';
import type { CompletionWorld } from '#jobs/world.ts';
import { aRecord } from '../contracts/job-store.ts';

const DEQUEUED = 1_800_000_000_000;
const OPTIONS: JobOptions = { relaunch: 'always', relaunchLimit: 3, spot: 'never', billed: 'X86_64' };
const LAUNCHED = { at: DEQUEUED + 1_000, capacity: 'on-demand' } as const;

const record = (state: JobState, of: Partial<JobRecord> = {}): JobRecord => ({
  ...aRecord(1),
  dequeuedAt: DEQUEUED,
  launched: LAUNCHED,
  state,
  ...of,
});
const starting = { kind: 'starting', since: DEQUEUED + 2_000, task: 'task' } as const;
const running = { kind: 'running', since: DEQUEUED + 30_000, task: 'task' } as const;

/** Applies the event and returns the samples, by name. */
function samples(before: JobRecord, event: JobEvent, now: number, options = OPTIONS): Record<string, number[]> {
  const decided = next(before, event, { ...options, now, fraction: 0.5 });
  if (decided.kind === 'same') throw new Error('the event changes nothing');
  const found: Record<string, number[]> = {};
  const journal: CompletionWorld['journal'] = {
    log: () => undefined,
    metric: (name, value) => (found[name] ??= []).push(value),
  };
  noteTransition({ journal, clock: { now: () => now } } as CompletionWorld, options, before, event, decided);
  return found;
}

const result = (startedAt?: number): JobEvent => ({
  kind: 'result',
  result: {
    v: 1,
    attempt: attemptId(aRecord(1).key, 1),
    outcome: { kind: 'completed' },
    logEntries: 1,
    stepsStarted: true,
    logBytesSent: 7,
    durationMs: 2_000,
    ...(startedAt === undefined ? {} : { startedAt }),
  },
});

const stopped = (of: Partial<TaskStopped>): JobEvent => ({
  kind: 'task-stopped',
  result: undefined,
  stopped: { task: 'task', attempt: '', stoppedReason: '', containers: [], version: 1, spot: false, ...of },
});

describe('launch latency', () => {
  test('of a job that was seen running', () => {
    const event: JobEvent = { kind: 'task-running', task: 'task', startedAt: DEQUEUED + 25_000 };
    expect(samples(record(starting), event, DEQUEUED + 29_000)).toMatchObject({ LaunchLatency: [25_000] });
  });

  test('of a short job, whose result comes before anybody saw it run', () => {
    expect(samples(record(starting), result(DEQUEUED + 24_000), DEQUEUED + 27_000)).toMatchObject({
      LaunchLatency: [24_000],
    });
  });

  test('of a short job whose result was lost: the stopped task tells when it started', () => {
    const event = stopped({ startedAt: DEQUEUED + 23_000, stopCode: 'SpotInterruption' });
    expect(samples(record(starting), event, DEQUEUED + 60_000)).toMatchObject({ LaunchLatency: [23_000] });
  });

  test('is counted once', () => {
    expect(samples(record(running), result(DEQUEUED + 24_000), DEQUEUED + 90_000)).not.toHaveProperty('LaunchLatency');
  });

  test('is not counted for a task that never started, nor for a result of an earlier version', () => {
    const never = stopped({ stopCode: 'TaskFailedToStart' });
    expect(samples(record(starting), never, DEQUEUED + 60_000)).not.toHaveProperty('LaunchLatency');
    expect(samples(record(starting), result(), DEQUEUED + 60_000)).not.toHaveProperty('LaunchLatency');
  });
});

describe('cost', () => {
  // aRecord is of 1 vCPU and 2 GiB with 21 GiB of disk: 13.7 millionths of a dollar a second.
  const PER_SECOND = (0.04048 + 2 * 0.004445 + 0.000111) / 3_600;
  const cost = (seconds: number): number => Math.round(PER_SECOND * seconds * 1_000_000);

  test('from the launch, less the time before the pull, to the result', () => {
    expect(samples(record(running), result(), DEQUEUED + 311_000)).toMatchObject({ TaskCostMicroDollars: [cost(300)] });
  });

  test('by the times of the stopped task where they are known', () => {
    const event = stopped({
      stopCode: 'SpotInterruption',
      startedAt: DEQUEUED,
      pullStartedAt: DEQUEUED,
      stoppedAt: DEQUEUED + 120_000,
    });
    expect(samples(record(running), event, DEQUEUED + 500_000)).toMatchObject({
      TaskCostMicroDollars: [cost(120)],
      Relaunches: [1],
      SpotLosses: [1],
    });
  });

  test('on Spot costs less', () => {
    const spot = record(running, { launched: { ...LAUNCHED, capacity: 'spot' } });
    const [least = 0] = samples(spot, result(), DEQUEUED + 311_000)['TaskCostMicroDollars'] ?? [];
    expect(least).toBeLessThan(cost(300) / 3);
  });

  test('is of tasks, which a refused launch has not; and nothing where tasks are not billed', () => {
    const waiting = record({ kind: 'to-launch', since: DEQUEUED, notBefore: DEQUEUED });
    expect(samples(waiting, { kind: 'cancelled' }, DEQUEUED + 60_000)).not.toHaveProperty('TaskCostMicroDollars');
    const free: JobOptions = { relaunch: 'always', relaunchLimit: 3, spot: 'never' };
    expect(samples(record(running), result(), DEQUEUED + 90_000, free)).not.toHaveProperty('TaskCostMicroDollars');
  });
});
