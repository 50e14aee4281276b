// The gate in virtual time: it waits for what a leaving dispatcher may still launch, asks again where a stop was lost, and
// says what is left when its time is over.
import { expect, test } from '@jest/globals';
import type { ListedTasks } from '#functions/aws/ecs-pool-tasks.ts';
import { closeGate, type Closed } from '#functions/gate/close-gate.ts';
import type { Lease } from '#jobs/lease-rules.ts';

interface Scene {
  /** When the tasks exist, by name: from and until, in seconds; the end is counted from the first stop that is heard. */
  readonly tasks?: Readonly<Record<string, { readonly from: number; readonly takes: number }>>;
  readonly lease?: Lease;
  /** Stops that are lost. */
  readonly lost?: number;
  /** Lists that ECS does not answer. */
  readonly silent?: number;
}

async function close({
  tasks = {},
  lease = {},
  lost = 0,
  silent = 0,
}: Scene): Promise<{ end: Closed; seconds: number }> {
  let now = 0;
  let stopsLost = lost;
  let listsLost = silent;
  const stoppedAt = new Map<string, number>();
  const listed = (): ListedTasks => ({
    kind: 'listed',
    tasks: Object.entries(tasks)
      .filter(([task, { from, takes }]) => from * 1000 <= now && now < (stoppedAt.get(task) ?? Infinity) + takes * 1000)
      .map(([task]) => ({ task, startedBy: '', status: 'RUNNING' })),
  });
  const end = await closeGate(
    {
      clock: { now: () => now, sleep: (ms) => Promise.resolve(((now += ms), 'slept' as const)) },
      lease: { close: () => Promise.resolve(lease) },
      tasks: {
        listUnstopped: () =>
          Promise.resolve(listsLost-- > 0 ? { kind: 'throttled', message: 'Rate exceeded' } : listed()),
        stop: (task) => {
          if (stopsLost-- <= 0 && !stoppedAt.has(task)) stoppedAt.set(task, now);
          return Promise.resolve();
        },
      },
    },
    600_000,
  );
  return { end, seconds: now / 1000 };
}

const WORKING: Lease = { holder: { id: 'a', until: 5_000, ready: true } };

test('an idle pool is closed at once', async () => {
  expect(await close({})).toEqual({ end: { kind: 'closed', stopped: 0 }, seconds: 0 });
});

test('a working one when its tasks have stopped and its dispatcher can launch nothing more', async () => {
  const { end, seconds } = await close({ lease: WORKING, tasks: { a: { from: 0, takes: 20 } } });
  expect(end).toEqual({ kind: 'closed', stopped: 1 });
  expect(seconds).toBe(30);
});

test('a task that was still launched is stopped as well', async () => {
  const { end } = await close({ lease: WORKING, tasks: { a: { from: 0, takes: 5 }, b: { from: 20, takes: 60 } } });
  expect(end).toEqual({ kind: 'closed', stopped: 2 });
});

test('what AWS does not answer is asked again', async () => {
  const { end } = await close({ lost: 3, silent: 4, tasks: { a: { from: 0, takes: 30 } } });
  expect(end).toEqual({ kind: 'closed', stopped: 1 });
});

test('a task that does not stop is named, and so is an ECS that does not answer', async () => {
  expect(await close({ tasks: { stuck: { from: 0, takes: Infinity } } })).toMatchObject({
    end: { kind: 'not-closed', why: expect.stringMatching(/not yet: stuck; delete the stack again/) },
  });
  expect(await close({ silent: Infinity })).toMatchObject({
    end: { kind: 'not-closed', why: expect.stringContaining('Rate exceeded') },
  });
});
