import { describe, expect, test } from '@jest/globals';
import type { Menu } from './faults.ts';
import { menuText, runSeed } from './run-seed.ts';

const SEEDS = Array.from({ length: 42 }, (_, index) => 1001 + index);
const JOBS = 50;

describe('worlds of many faults: nothing is lost, nothing is marked twice, everything comes to rest', () => {
  test.each(SEEDS)('seed %i, twice with the same history', async (seed) => {
    const report = await runSeed({ seed, jobs: JOBS });
    expect({ violation: report.violation, faults: menuText(report.menu) }).toEqual({
      violation: undefined,
      faults: menuText(report.menu),
    });
    const again = await runSeed({ seed, jobs: JOBS });
    expect(again.fingerprint).toBe(report.fingerprint);
    expect(again.events).toBe(report.events);
  });
});

describe('written worlds', () => {
  const rows: readonly { readonly title: string; readonly menu: Menu; readonly holds: RegExp }[] = [
    { title: 'no fault at all: every job ends as its steps do', menu: {}, holds: /completed/ },
    { title: 'one dispatcher after another dies', menu: { 'dispatcher-crash': 1 }, holds: /completed/ },
    { title: 'Sourcegraph is away while jobs finish', menu: { 'sourcegraph-away': 1 }, holds: /completed/ },
    { title: 'Spot takes a third of the tasks', menu: { 'ecs-spot-loss': 0.33 }, holds: /completed/ },
    { title: 'every stopped event is lost', menu: { 'event-lost': 1 }, holds: /completed/ },
    { title: 'no result arrives', menu: { 'result-lost': 1 }, holds: /completed/ },
    {
      title: 'every message comes twice and late',
      menu: { 'message-twice': 1, 'message-late': 0.5 },
      holds: /completed/,
    },
    { title: 'half the jobs are poison', menu: { 'poisonous-job': 0.5 }, holds: /errored/ },
  ];
  test.each(rows)('$title', async ({ menu, holds }) => {
    const report = await runSeed({ seed: 7, jobs: 30, menu });
    expect(report.violation).toBeUndefined();
    expect(Object.keys(report.ends).join(' ')).toMatch(holds);
    // Sourcegraph's own words for a job that was dropped; and nobody may be left behind.
    expect(report.ends).not.toHaveProperty('failed');
    expect(report.ends).not.toHaveProperty('processing');
  });
});

test('another seed is another history', async () => {
  const one = await runSeed({ seed: 1, jobs: 5 });
  const other = await runSeed({ seed: 2, jobs: 5 });
  expect(one.fingerprint).not.toBe(other.fingerprint);
});
