import { expect, test } from '@jest/globals';
import { poll } from '#jobs/dispatch/dequeue.ts';
import { startShift } from '#jobs/dispatch/shift.ts';
import type { DispatchOptions } from '#jobs/options.ts';
import type { World } from '#jobs/world.ts';
import { MemoryJobStore } from '#local/memory/job-store.ts';

test('an empty queue is asked at every poll, even when there is room for one job only', async () => {
  let now = 0;
  let asked = 0;
  const world = {
    clock: { now: () => now, sleep: () => new Promise(() => undefined) },
    random: { fraction: () => 0.5 },
    jobs: new MemoryJobStore(),
    instance: {
      dequeue: () => {
        asked += 1;
        return Promise.resolve({ kind: 'empty' });
      },
    },
    journal: { log: () => undefined, metric: () => undefined },
  } as unknown as World;
  const options = {
    limit: 1,
    plan: { size: { cpuUnits: 1024 } },
    launchRate: { burst: 1, perSecond: 1 },
    pollMs: 1_000,
  } as unknown as DispatchOptions;
  const shift = startShift(world, options, new AbortController(), undefined);
  const ends = new Set<string>();
  for (; now < 180_000; now += 1_000) {
    shift.heartbeatAnsweredAt = now;
    ends.add(await poll(shift, [], 0));
  }
  expect([...ends]).toEqual(['empty']);
  expect(asked).toBe(180);
});
