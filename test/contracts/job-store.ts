// What every JobStore must do, whatever it is made of.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { jobKey } from '#jobs/keys.ts';
import type { JobRecord } from '#jobs/record.ts';
import type { JobStore, Reservation } from '#jobs/world.ts';

const NOW = 1_800_000_000_000;
const UNTIL = NOW + 60_000;

export function aRecord(jobId: number, token = 'token'): JobRecord {
  return {
    v: 1,
    key: jobKey('batches', jobId, token),
    queue: 'batches',
    jobId,
    token,
    dequeuedAt: NOW,
    attempt: 1,
    refusals: 0,
    losses: { infrastructure: 0, spot: 0 },
    strikes: 0,
    logEntries: 0,
    firstStepStarted: false,
    containers: [{ name: 'step-0', image: 'alpine:3' }],
    size: { cpuUnits: 1024, memoryMiB: 2048, ephemeralStorageGiB: 21 },
    runtimeLimitMs: 1_800_000,
    linksRenewedAt: NOW,
    state: { kind: 'to-launch', since: NOW, notBefore: NOW },
  };
}

/** `make` gives an empty store each time. */
export function describeJobStore(name: string, make: () => Promise<JobStore> | JobStore): void {
  describe(`JobStore: ${name}`, () => {
    let store: JobStore;
    beforeEach(async () => {
      store = await make();
    });

    async function room(limit = 10): Promise<Reservation> {
      const [reservation] = await store.reserve(1, limit, UNTIL, NOW);
      if (reservation === undefined) throw new Error('no room');
      return reservation;
    }

    test('a record comes back as it was written, with version 1', async () => {
      const record = aRecord(1);
      expect(await store.create(await room(), record)).toBe('created');
      expect(await store.get(record.key)).toEqual({ record, seen: 1 });
      expect(await store.inFlight()).toEqual({ records: [{ record, seen: 1 }], unreadable: [] });
    });

    test('fields of a newer version are kept', async () => {
      const record = { ...aRecord(1), v: 2 as const, later: { unheard: ['of'] } };
      await store.create(await room(), record);
      expect(await store.get(record.key)).toMatchObject({ record });
    });

    test('no record: none', async () => {
      expect(await store.get(aRecord(1).key)).toBe('none');
      expect(await store.inFlight()).toEqual({ records: [], unreadable: [] });
    });

    test('the same key is created once', async () => {
      const record = aRecord(1);
      await store.create(await room(), record);
      expect(await store.create(await room(), { ...record, attempt: 7 })).toBe('exists');
      expect(await store.get(record.key)).toEqual({ record, seen: 1 });
    });

    test('two dequeues of one job are two records', async () => {
      await store.create(await room(), aRecord(1, 'first'));
      await store.create(await room(), aRecord(1, 'second'));
      expect((await store.inFlight()).records).toHaveLength(2);
    });

    test('a change wins once for one version read, and counts the version up by one', async () => {
      const record = aRecord(1);
      await store.create(await room(), record);
      expect(await store.change(record.key, 1, { ...record, strikes: 1 })).toBe('changed');
      expect(await store.change(record.key, 1, { ...record, strikes: 2 })).toBe('stale');
      expect(await store.get(record.key)).toEqual({ record: { ...record, strikes: 1 }, seen: 2 });
      expect(await store.change(record.key, 2, { ...record, strikes: 3 })).toBe('changed');
    });

    test('of changes at once exactly one wins', async () => {
      const record = aRecord(1);
      await store.create(await room(), record);
      const answers = await Promise.all(
        [1, 2, 3, 4].map((strikes) => store.change(record.key, 1, { ...record, strikes })),
      );
      expect(answers.filter((answer) => answer === 'changed')).toHaveLength(1);
    });

    test('a record that is gone cannot be changed', async () => {
      const record = aRecord(1);
      expect(await store.change(record.key, 1, record)).toBe('stale');
    });

    test('only the version read is removed, and its room is free again', async () => {
      const record = aRecord(1);
      await store.create(await room(1), record);
      await store.change(record.key, 1, { ...record, strikes: 1 });
      expect(await store.remove(record.key, 1)).toBe('stale');
      expect(await store.reserve(1, 1, UNTIL, NOW)).toEqual([]);
      expect(await store.remove(record.key, 2)).toBe('removed');
      expect(await store.get(record.key)).toBe('none');
      expect(await store.reserve(1, 1, UNTIL, NOW)).toHaveLength(1);
    });

    test('never more reservations and records than the limit', async () => {
      await store.create(await room(3), aRecord(1));
      expect(await store.reserve(5, 3, UNTIL, NOW)).toHaveLength(2);
      expect(await store.reserve(1, 3, UNTIL, NOW)).toEqual([]);
    });

    test('reservations made at once never share room', async () => {
      const made = (await Promise.all([1, 2, 3, 4, 5].map(() => store.reserve(2, 6, UNTIL, NOW)))).flat();
      expect(made.length).toBeLessThanOrEqual(6);
      expect(new Set(made.map(({ slot }) => slot)).size).toBe(made.length);
    });

    test('a released reservation is free at once; to release it again does nothing', async () => {
      const reservation = await room(1);
      await store.release(reservation);
      const next = await room(1);
      await store.release(reservation);
      expect(await store.reserve(1, 1, UNTIL, NOW)).toEqual([]);
      expect(await store.create(next, aRecord(1))).toBe('created');
    });

    test('a reservation lapses at its end, and who comes too late writes nothing', async () => {
      const late = await room(1);
      expect(late.until).toBe(UNTIL);
      const [next] = await store.reserve(1, 1, UNTIL + 60_000, UNTIL + 1);
      expect(next).toBeDefined();
      expect(await store.create(late, aRecord(1))).toBe('lapsed');
      expect(await store.get(aRecord(1).key)).toBe('none');
    });

    test('a record does not lapse', async () => {
      await store.create(await room(1), aRecord(1));
      expect(await store.reserve(1, 1, UNTIL + 1e9, UNTIL + 1e6)).toEqual([]);
    });
  });
}
