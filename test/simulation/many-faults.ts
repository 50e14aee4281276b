// Worlds of many faults for `npm test`, half of them a file, so that two workers share them.
import { describe, expect, test } from '@jest/globals';
import { menuText, runSeed } from './run-seed.ts';

const WORLDS = 50;
const JOBS = 100;
/** Run twice: what is true of every tenth seed would be hard to keep untrue of the others. */
const TWICE_EVERY = 10;

/** 5,000 lives. */
export function describeWorlds(first: number): void {
  describe('worlds of many faults: nothing is lost, nothing is marked twice, everything comes to rest', () => {
    test.each(Array.from({ length: WORLDS }, (_, index) => first + index))('seed %i', async (seed) => {
      const { events, fingerprint, menu, violation } = await runSeed({ seed, jobs: JOBS });
      expect({ violation, faults: menuText(menu) }).toEqual({ violation: undefined, faults: menuText(menu) });
      if (seed % TWICE_EVERY !== 0) return;
      const again = await runSeed({ seed, jobs: JOBS });
      expect({ events: again.events, fingerprint: again.fingerprint }).toEqual({ events, fingerprint });
    });
  });
}
