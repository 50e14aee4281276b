import { expect, test } from '@jest/globals';
import { poll } from '#jobs/dispatch/dequeue.ts';
import { startShift } from '#jobs/dispatch/shift.ts';
import type { DispatchOptions } from '#jobs/options.ts';
import { StoreUnavailable, type World } from '#jobs/world.ts';
import { MemoryJobStore } from '#local/memory/job-store.ts';
import { JobSchema } from '#sourcegraph/job.ts';
import { dispatchOptions } from '../../simulation/options.ts';

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

/** One job is dequeued, and then the store answers nothing for a while: `call` by name, all others do. */
async function dequeuedWhile(call: 'create' | 'get', awayMs: number) {
  let now = 0;
  const metrics: string[] = [];
  const jobs = new MemoryJobStore();
  const answered = jobs[call].bind(jobs) as (...given: unknown[]) => Promise<unknown>;
  const unanswered = (...given: unknown[]) =>
    now < awayMs ? Promise.reject(new StoreUnavailable('away')) : answered(...given);
  Object.assign(jobs, { [call]: unanswered });
  let left = 1;
  const job = JobSchema.parse({ id: 1, token: 'token', dockerSteps: [{ image: 'alpine:3', commands: ['true'] }] });
  const world = {
    clock: {
      now: () => now,
      // What only limits a call never comes to its end here; what waits for the store waits a second.
      sleep: (ms: number) => (ms > 1_000 ? new Promise(() => undefined) : Promise.resolve((now += ms))),
    },
    random: { fraction: () => 0.5, id: () => '0123456789abcdef' },
    jobs,
    payloads: { saveJob: () => Promise.resolve(), loadJob: () => new Promise(() => undefined) },
    instance: {
      dequeue: () => Promise.resolve(left-- > 0 ? { kind: 'dequeued', queue: 'batches', job } : { kind: 'empty' }),
    },
    journal: { log: () => undefined, metric: (name: string) => metrics.push(name) },
  } as unknown as World;
  const shift = startShift(world, dispatchOptions(10, undefined, 'never'), new AbortController(), undefined);
  shift.heartbeatAnsweredAt = now;
  await poll(shift, [], 0);
  return { metrics, named: [...shift.adopting.values()].map(({ job: { jobId } }) => jobId) };
}

test.each([
  ['create', 30_000],
  ['get', Infinity],
] as const)(
  'a dequeued job is held, and named in heartbeats, while the store does not answer: %s',
  async (call, ms) => {
    const { metrics, named } = await dequeuedWhile(call, ms);
    expect(named).toEqual([1]);
    expect(metrics).not.toContain('JobsGivenBack');
  },
);

test('one whose record cannot be written while its room lasts is given back', async () => {
  const { metrics, named } = await dequeuedWhile('create', Infinity);
  expect(named).toEqual([]);
  expect(metrics).toContain('JobsGivenBack');
});
