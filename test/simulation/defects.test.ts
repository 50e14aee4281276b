import { describe, expect, test } from '@jest/globals';
import { DEFECTS } from './defects.ts';
import { runSeed } from './run-seed.ts';

const JOBS = 25;
const SEEDS_MAX = 15;

describe('the simulation catches what it must: a known mistake is found within a few seeds', () => {
  test.each(DEFECTS)('$name: $sentence', async (defect) => {
    let violation: string | undefined;
    for (let seed = 1; seed <= SEEDS_MAX && violation === undefined; seed++) {
      violation = (await runSeed({ seed, jobs: JOBS, menu: defect.menu, defect })).violation;
    }
    expect(violation).toMatch(defect.caught);
  });
});

describe('and finds nothing in the same worlds without the mistake', () => {
  test.each(DEFECTS)('$name', async ({ menu }) => {
    for (let seed = 1; seed <= 2; seed++) {
      expect((await runSeed({ seed, jobs: JOBS, menu })).violation).toBeUndefined();
    }
  });
});
