import { describe, expect, test } from '@jest/globals';
import { DEFECTS } from './defects.ts';
import { menuText, runSeed } from './run-seed.ts';

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
  const menus = new Map(DEFECTS.map(({ menu }) => [menuText(menu), menu]));
  test.each([...menus])('faults: %s', async (_text, menu) => {
    expect((await runSeed({ seed: 1, jobs: JOBS, menu })).violation).toBeUndefined();
  });
});
