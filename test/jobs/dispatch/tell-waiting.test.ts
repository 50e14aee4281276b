// A job that is held up says so in its own log, whatever holds it up, and never over what its step-runner has written.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { LIMITS } from '#jobs/limits.ts';
import type { JobRecord } from '#jobs/record.ts';
import type { WaitingEntry } from '#jobs/world.ts';
import { launchingRecord, recordIn, START, taskOf, TasksWorld } from './tasks-world.ts';

const LATER = START + 600_000;
const WAITING_SECONDS = LIMITS.waitingEntryMs / 1000;
const STARTING_SECONDS = LIMITS.startingEntryMs / 1000;
const loss = 'Spot took the task back (Your Spot Task was interrupted.)';
const waiting = (waitsFor: string): JobRecord =>
  recordIn(1, { kind: 'to-launch', since: START, notBefore: LATER, waitsFor });
const relaunched: JobRecord = { ...waiting(loss), attempt: 2, lastLoss: loss, losses: { infrastructure: 0, spot: 1 } };

let world: TasksWorld;
beforeEach(() => {
  world = new TasksWorld();
});

const entryOf = (key: string): WaitingEntry => ({ key, startTime: START, out: '', exitCode: 0 });
const keys = () => world.log.map(({ key }) => key);
const texts = () => world.log.map(({ out }) => out).join('');
const recordOf = async ({ key }: JobRecord): Promise<JobRecord | undefined> => {
  const stored = await world.jobs.get(key);
  return stored === 'none' ? undefined : stored.record;
};

describe('before a launch', () => {
  test('the first attempt adds an entry after a while and keeps it up to date', async () => {
    const why = 'Fargate has no capacity.';
    await world.keep({ ...waiting(why), refusals: 1, capacityRefusal: { capacity: 'spot', why, times: 1 } });
    await world.seconds(WAITING_SECONDS - 1);
    expect(world.log).toEqual([]);
    await world.seconds(2);
    expect(texts()).toBe('stdout: waiting for Fargate capacity (Fargate has no capacity.)\n');
    const { durationMs } = world.log[0] ?? {};
    await world.seconds(61);
    expect(world.log).toHaveLength(1);
    expect(world.log[0]?.durationMs).toBeGreaterThan(durationMs ?? 0);
    expect(await recordOf(relaunched)).toMatchObject({ logEntries: 1, waitingEntry: { entryId: 1 } });
  });

  test('a later attempt tells of its wait in the place of the first entry of the attempt before', async () => {
    world.log.push(entryOf('setup.fs.extras'), entryOf('step.docker.step.0.run'));
    await world.keep(relaunched);
    await world.seconds(WAITING_SECONDS + 1);
    expect(keys()).toEqual(['setup.waiting', 'step.docker.step.0.run']);
    expect(texts()).toBe(`stdout: waiting before it is launched again (attempt 2, ${loss})\n`);
    await world.seconds(61);
    expect(keys()).toEqual(['setup.waiting', 'step.docker.step.0.run']);
  });

  test('and adds one where the attempt before has left none', async () => {
    await world.keep(relaunched);
    await world.seconds(WAITING_SECONDS + 1);
    expect(keys()).toEqual(['setup.waiting']);
    expect(await recordOf(relaunched)).toMatchObject({ logEntries: 1, waitingEntry: { entryId: 1 } });
  });

  test('while an update has no answer nothing is launched, and a silent Sourcegraph holds up no launch for long', async () => {
    const due = recordIn(1, { kind: 'to-launch', since: START, notBefore: START, waitsFor: 'x' });
    await world.keep({ ...due, waitingEntry: { startTime: START, writtenAt: START } });
    world.sourcegraph = () => Promise.resolve({ kind: 'unreachable', message: 'no answer' });
    await world.seconds(LIMITS.callTimeoutMs / 1000);
    expect(await recordOf(due)).toMatchObject({ state: { kind: 'to-launch' } });
    await world.seconds(LIMITS.callTimeoutMs / 1000);
    // Its stored job is missing in this world: whoever prepares it gives it back.
    expect(await recordOf(due)).toBeUndefined();
  });

  test('a Sourcegraph that refuses the entry is not asked each second', async () => {
    let asked = 0;
    world.sourcegraph = () => {
      asked += 1;
      return Promise.resolve({ kind: 'refused', status: 403, message: 'no' });
    };
    await world.keep(waiting('ECS did not answer'));
    await world.seconds(WAITING_SECONDS + 45);
    expect(asked).toBe(1);
  });

  test('nor is one that does not know the job, and whose heartbeats say otherwise', async () => {
    let asked = 0;
    world.sourcegraph = () => {
      asked += 1;
      return Promise.resolve('not-ours');
    };
    await world.keep(waiting('ECS did not answer'));
    await world.seconds(WAITING_SECONDS + 45);
    expect(asked).toBe(1);
    expect(await recordOf(relaunched)).toMatchObject({ logEntries: 0, state: { kind: 'to-launch' } });
    // An update, and an addition.
    await world.seconds(60);
    expect(asked).toBe(3);
  });
});

describe('a launch that AWS does not take', () => {
  const launching = launchingRecord();

  test.each([
    ['is throttled', 'throttled', 'AWS limits how often tasks are launched'],
    ['has no answer', 'unreachable', 'ECS did not answer'],
  ] as const)('and %s, is told once', async (_, kind, why) => {
    world.ecs.launch = () => Promise.resolve({ kind, message: '' });
    await world.keep(launching);
    await world.seconds(WAITING_SECONDS - 1);
    expect(world.log).toEqual([]);
    await world.seconds(5);
    expect(keys()).toEqual(['setup.launch']);
    expect(texts()).toBe(`stdout: waiting for the launch to be taken (${why})\n`);
    await world.seconds(180);
    expect(keys()).toEqual(['setup.launch']);
  });

  test('is told behind what a step-runner may have written, and never in its place', async () => {
    world.log.push(entryOf('setup.fs.extras'));
    await world.keep(launching);
    await world.seconds(180);
    expect(keys()).toEqual(['setup.fs.extras', 'setup.launch']);
  });

  test('is told although the wait before could not be', async () => {
    await world.keep({ ...launching, waitingEntry: { startTime: START, writtenAt: START, entryId: 0 } });
    await world.seconds(60);
    expect(keys()).toEqual(['setup.launch']);
  });

  test('is not told again when the answer to the entry is lost', async () => {
    let asked = 0;
    world.sourcegraph = () => {
      asked += 1;
      return Promise.resolve({ kind: 'unreachable', message: 'no answer' });
    };
    await world.keep(launching);
    await world.seconds(60);
    expect(asked).toBe(1);
  });
});

describe('a task that does not run', () => {
  const starting = recordIn(1, { kind: 'starting', since: START, task: 'task-1' });

  test('for long is told once, behind what is there', async () => {
    world.log.push(entryOf('setup.fs.extras'));
    world.ecs.list = () => Promise.resolve({ kind: 'listed', tasks: [taskOf(starting, 'task-1', 'PENDING')] });
    await world.keep(starting);
    await world.seconds(STARTING_SECONDS - 1);
    expect(world.log).toHaveLength(1);
    await world.seconds(5);
    expect(keys()).toEqual(['setup.fs.extras', 'setup.launch']);
    expect(texts()).toMatch(/^stdout: launched; after 60 s the task does not run yet/);
    await world.seconds(180);
    expect(world.log).toHaveLength(2);
  });

  test('is not said of one that ECS does not show as pending', async () => {
    world.ecs.list = () => Promise.resolve({ kind: 'unreachable', message: 'no answer' });
    await world.keep(starting);
    await world.seconds(2 * STARTING_SECONDS);
    expect(world.log).toEqual([]);
  });
});
