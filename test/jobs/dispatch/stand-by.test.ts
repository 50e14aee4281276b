import { expect, test } from '@jest/globals';
import { StandBy, type StandByPlan } from '#jobs/dispatch/stand-by.ts';
import { LIMITS } from '#jobs/limits.ts';
import { type Dispatchers, StoreUnavailable, type World } from '#jobs/world.ts';
import { MemoryLeaseStore } from '#local/memory/lease-store.ts';

type Answer = Awaited<ReturnType<Dispatchers['startStandBy']>>;
const HOUR = 3_600_000;

function holder(plan: StandByPlan | undefined, answer: Answer = 'started') {
  const lease = new MemoryLeaseStore();
  const told: string[] = [];
  const asked: number[] = [];
  let now = 0;
  const world = {
    clock: { now: () => now, sleep: () => new Promise(() => undefined) },
    lease,
    dispatchers: {
      startStandBy: () => {
        asked.push(now);
        return Promise.resolve(answer);
      },
    },
    journal: {
      log: (level: string) => told.push(level),
      metric: (name: string) => told.push(name),
    },
  } as unknown as World;
  const standBy = new StandBy(world, plan);
  return {
    asked,
    lease,
    told,
    standBy,
    /** Once a second. */
    hold: async (ms: number) => {
      for (const end = now + ms; now < end; now += 1_000) await standBy.assure();
    },
  };
}

test('one that is alone over its first job asks before anything else, and once', async () => {
  const { asked, hold } = holder({ startedToStandBy: false, until: HOUR });
  await hold(60_000);
  expect(asked).toEqual([0]);
});

test('jobs that come at once wait for the same answer', async () => {
  const { asked, standBy } = holder({ startedToStandBy: false, until: HOUR });
  await Promise.all([standBy.assure(), standBy.assure(), standBy.assure()]);
  expect(asked).toEqual([0]);
});

test('where somebody stands by, ready or not, nobody is asked', async () => {
  const { asked, hold, lease } = holder({ startedToStandBy: false, until: HOUR });
  await lease.arrive('me', HOUR, 0);
  await lease.arrive('another', HOUR, 0);
  await hold(300_000);
  expect(asked).toEqual([]);
});

test('one that was started to stand by asks only when it has been alone for long: no chain', async () => {
  const { asked, hold } = holder({ startedToStandBy: true, until: HOUR });
  await hold(LIMITS.standByPaceMs);
  expect(asked).toEqual([]);
  await hold(LIMITS.standByPaceMs);
  expect(asked).toEqual([LIMITS.standByPaceMs]);
});

test('near its end it asks once more, since whoever stands by is as old as itself', async () => {
  const until = 800_000;
  const { asked, hold, lease } = holder({ startedToStandBy: false, until });
  await lease.arrive('me', HOUR, 0);
  await lease.arrive('another', HOUR, 0);
  await hold(until);
  expect(asked).toEqual([until - LIMITS.standByPaceMs]);
});

test('on one machine nobody is expected', async () => {
  const { asked, hold } = holder(undefined);
  await hold(300_000);
  expect(asked).toEqual([]);
});

test('a failure is told and asked again at the same pace', async () => {
  const { asked, hold, told } = holder({ startedToStandBy: false, until: HOUR }, { kind: 'throttled', message: 'no' });
  await hold(LIMITS.standByPaceMs + 1_000);
  expect(asked).toEqual([0, LIMITS.standByPaceMs]);
  expect(told).toEqual(['Throttles', 'warn', 'Throttles', 'warn']);
});

test('a lease that cannot be read is no reason to work alone', async () => {
  const { asked, hold, lease } = holder({ startedToStandBy: false, until: HOUR });
  lease.hasStandBy = () => Promise.reject(new StoreUnavailable('away'));
  await hold(1_000);
  expect(asked).toEqual([0]);
});
