// An invocation that finds nothing to do goes home, and with empty hands: a job that it took along would have nobody to
// speak for it until the schedule brings the next one, up to a minute later.
import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import { runInvocation } from '#jobs/dispatch/run-invocation.ts';
import type { World } from '#jobs/world.ts';
import { MemoryJobStore } from '#local/memory/job-store.ts';
import { MemoryLeaseStore } from '#local/memory/lease-store.ts';
import { MemoryPayloadStore } from '#local/memory/payload-store.ts';
import { JobSchema } from '#sourcegraph/job.ts';
import { Incarnation } from './incarnation.ts';
import { EPOCH, Kernel } from './kernel.ts';
import { dispatchOptions } from './options.ts';
import { template } from './scripts.ts';

const aJob = JobSchema.parse({ id: 1, ...template({ steps: [{ ms: 1, exit: 0 }], deaf: false, poisonous: false }) });

/** Whether a job that is queued `queuedAfter` ms after the start is held by nobody once the invocation has ended. */
async function takenAlong(seed: number, queuedAfter: number, pollMs: number): Promise<boolean> {
  const kernel = new Kernel(seed);
  const life = new Incarnation(kernel, 'dispatcher');
  const jobs = new MemoryJobStore();
  const answered = <T>(label: string, effect: () => T | Promise<T>): Promise<T> =>
    life.call({ label, latency: [5, 120], fate: 'ok', timeout: Infinity, effect, lost: () => effect() as T });
  let given = false;
  const world: World = {
    clock: life.clock,
    random: { fraction: kernel.fraction, id: () => kernel.id() },
    instance: {
      authenticate: () => answered('authenticate', () => 'ok' as const),
      heartbeat: (held) => answered('heartbeat', () => ({ kind: 'answered' as const, known: held, cancel: [] })),
      dequeue: () =>
        answered('dequeue', () => {
          if (given || kernel.now - EPOCH < queuedAfter) return { kind: 'empty' as const };
          given = true;
          return { kind: 'dequeued' as const, queue: 'batches', job: aJob };
        }),
      mark: () => answered('mark', () => 'marked' as const),
      logEntry: () => answered('log entry', () => 'not-ours' as const),
    },
    jobs: {
      reserve: (...room) => answered('reserve', () => jobs.reserve(...room)),
      release: (...room) => answered('release', () => jobs.release(...room)),
      create: (...made) => answered('create', () => jobs.create(...made)),
      get: (...key) => answered('get', () => jobs.get(...key)),
      change: (...change) => answered('change', () => jobs.change(...change)),
      remove: (...gone) => answered('remove', () => jobs.remove(...gone)),
      inFlight: () => answered('read', () => jobs.inFlight()),
    },
    lease: new MemoryLeaseStore(),
    payloads: new MemoryPayloadStore({
      urls: { payload: (secret) => secret, result: (secret) => secret },
      secret: () => kernel.id(),
      onResult: () => {},
    }),
    tasks: {
      define: () => answered('define', () => ({ kind: 'defined' as const, definition: 'd' })),
      launch: () => answered('launch', () => ({ kind: 'started' as const, task: 't' })),
      retireDefinition: () => answered('retire', () => 'none' as const),
      stop: () => answered('stop', () => 'stopping' as const),
      list: () => answered('list', () => ({ kind: 'listed' as const, tasks: [] })),
      describe: () => answered('describe', () => ({ kind: 'described' as const, tasks: [] })),
    },
    results: { send: () => answered('send', () => 'sent' as const) },
    journal: { log: () => {}, metric: () => {} },
  };
  let ended: string | undefined;
  const options = { ...dispatchOptions(5, undefined, 'never'), pollMs };
  const invocation = { id: 'i', until: EPOCH + 60_000, whenIdle: 'return' as const, expectsStandBy: true };
  void runInvocation(world, options, invocation).then((end) => (ended = end.kind));
  await kernel.run(() => ended !== undefined || kernel.now > EPOCH + 30_000);
  return ended === 'idle' && (await jobs.inFlight()).records.length > 0;
}

test('whenever a job comes, an invocation either works on it or leaves it in the queue', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.integer({ min: 0, max: 3_000 }),
      fc.constantFrom(20, 200, 1_000),
      async (seed, queuedAfter, pollMs) => {
        expect(await takenAlong(seed, queuedAfter, pollMs)).toBe(false);
      },
    ),
    { numRuns: 300 },
  );
});
