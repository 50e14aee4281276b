// What every LeaseStore must do: one holder, one stand-by, and never a moment in which a ready one would not take over.
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { LeaseStore } from '#jobs/world.ts';

const NOW = 1_800_000_000_000;
const TTL = 7_000;

/** `make` gives an empty store each time. */
export function describeLeaseStore(name: string, make: () => Promise<LeaseStore> | LeaseStore): void {
  describe(`LeaseStore: ${name}`, () => {
    let lease: LeaseStore;
    beforeEach(async () => {
      lease = await make();
    });

    test('the first to arrive holds it, and goes on holding it', async () => {
      expect(await lease.arrive('a', TTL, NOW)).toBe('holder');
      expect(await lease.renew('a', TTL, true, NOW + 6_000)).toBe('holder');
      expect(await lease.renew('a', TTL, true, NOW + 12_000)).toBe('holder');
    });

    test('the second stands by and takes it only when it has lapsed', async () => {
      await lease.arrive('a', TTL, NOW);
      expect(await lease.arrive('b', TTL, NOW)).toBe('stand-by');
      expect(await lease.renew('b', TTL, true, NOW + 6_000)).toBe('stand-by');
      expect(await lease.renew('b', TTL, true, NOW + TTL)).toBe('holder');
      expect(await lease.renew('a', TTL, true, NOW + TTL + 1)).toBe('leave');
    });

    test('whether somebody stands by is seen, until that lapses', async () => {
      expect(await lease.hasStandBy(NOW)).toBe(false);
      await lease.arrive('a', TTL, NOW);
      expect(await lease.hasStandBy(NOW)).toBe(false);
      await lease.arrive('b', TTL, NOW + 1_000);
      expect(await lease.hasStandBy(NOW + 1_000)).toBe(true);
      await lease.renew('a', TTL, true, NOW + 6_000);
      expect(await lease.hasStandBy(NOW + 1_000 + TTL)).toBe(false);
    });

    test('a third that is not ready changes nothing', async () => {
      await lease.arrive('a', TTL, NOW);
      await lease.arrive('b', TTL, NOW);
      await lease.renew('b', TTL, true, NOW);
      expect(await lease.arrive('c', TTL, NOW)).toBe('stand-by');
      expect(await lease.renew('a', TTL, true, NOW + 1)).toBe('holder');
      expect(await lease.renew('b', TTL, true, NOW + 1)).toBe('stand-by');
      expect(await lease.renew('c', TTL, false, NOW + 1)).toBe('stand-by');
      expect(await lease.renew('a', TTL, true, NOW + 2)).toBe('holder');
    });

    test('with a ready third the second takes over and the first leaves', async () => {
      await lease.arrive('a', TTL, NOW);
      await lease.arrive('b', TTL, NOW);
      await lease.renew('b', TTL, true, NOW);
      await lease.arrive('c', TTL, NOW);
      expect(await lease.renew('c', TTL, true, NOW + 1)).toBe('stand-by');
      expect(await lease.renew('a', TTL, true, NOW + 2)).toBe('leave');
      expect(await lease.renew('b', TTL, true, NOW + 2)).toBe('holder');
      expect(await lease.renew('c', TTL, true, NOW + 3)).toBe('stand-by');
    });

    test('a second that is not ready is never made to take over', async () => {
      await lease.arrive('a', TTL, NOW);
      await lease.arrive('b', TTL, NOW);
      await lease.arrive('c', TTL, NOW);
      expect(await lease.renew('c', TTL, true, NOW + 1)).toBe('stand-by');
      expect(await lease.renew('a', TTL, true, NOW + 1)).toBe('holder');
    });

    test('a newer third sends the older one home', async () => {
      await lease.arrive('a', TTL, NOW);
      await lease.arrive('b', TTL, NOW);
      await lease.arrive('c', TTL, NOW);
      expect(await lease.arrive('d', TTL, NOW)).toBe('stand-by');
      expect(await lease.renew('c', TTL, true, NOW + 1)).toBe('leave');
    });

    test('a dead stand-by leaves its place to the next', async () => {
      await lease.arrive('a', TTL, NOW);
      await lease.arrive('b', TTL, NOW);
      await lease.renew('a', TTL, true, NOW + TTL);
      expect(await lease.arrive('c', TTL, NOW + TTL)).toBe('stand-by');
      expect(await lease.renew('b', TTL, true, NOW + TTL)).toBe('leave');
    });

    test('who leaves is followed at once', async () => {
      await lease.arrive('a', TTL, NOW);
      await lease.arrive('b', TTL, NOW);
      await lease.leave('a');
      expect(await lease.renew('b', TTL, true, NOW + 1)).toBe('holder');
      await lease.leave('b');
      expect(await lease.arrive('c', TTL, NOW + 2)).toBe('holder');
    });

    test('to leave without holding anything disturbs nobody', async () => {
      await lease.arrive('a', TTL, NOW);
      await lease.leave('stranger');
      expect(await lease.renew('a', TTL, true, NOW + 1)).toBe('holder');
    });

    test('a holder that was slow holds on when nobody has followed it', async () => {
      await lease.arrive('a', TTL, NOW);
      expect(await lease.renew('a', TTL, true, NOW + 10 * TTL)).toBe('holder');
    });

    test('of many that arrive at once exactly one holds it', async () => {
      const roles = await Promise.all(['a', 'b', 'c', 'd'].map((me) => lease.arrive(me, TTL, NOW)));
      expect(roles.filter((role) => role === 'holder')).toHaveLength(1);
    });
  });
}
