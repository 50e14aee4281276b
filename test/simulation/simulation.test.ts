// Ten thousand lives of jobs, in files by the side so that two workers share them: ./many-faults-a.test.ts and -b.
import { describe, expect, test } from '@jest/globals';
import { FAULTS, type FaultName, type Menu } from './faults.ts';
import { runSeed } from './run-seed.ts';

describe('each kind of fault alone, as often as it may strike', () => {
  test.each(Object.entries(FAULTS))('%s: %o', async (name, { most }) => {
    const fault = name as FaultName;
    let struck = 0;
    for (let seed = 1; seed <= SEEDS_MAX && struck === 0; seed++) {
      const report = await runSeed({ seed, jobs: 25, menu: { [fault]: most } });
      expect(report.violation).toBeUndefined();
      struck += report.struck.get(fault) ?? 0;
    }
    expect(struck).toBeGreaterThan(0);
  });
});

/** A crash at a bad moment is rare enough that not every world has one. */
const SEEDS_MAX = 5;

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
    {
      title: 'a quota below the limit, and two dispatchers at once',
      menu: { 'ecs-quota': 1, 'dispatcher-freeze': 1, 'sourcegraph-slow': 0.3 },
      holds: /completed/,
    },
    { title: 'half the jobs are poison', menu: { 'poisonous-job': 0.5 }, holds: /errored/ },
  ];
  test.each(rows)('$title', async ({ holds, menu }) => {
    const report = await runSeed({ seed: 7, jobs: 30, menu });
    expect(report.violation).toBeUndefined();
    expect(Object.keys(report.ends).join(' ')).toMatch(holds);
    // Sourcegraph's own words for a job that was dropped; and nobody may be left behind.
    expect(report.ends).not.toHaveProperty('failed');
    expect(report.ends).not.toHaveProperty('processing');
  });
});

// The one tells of the wait in the job's log while the other's launch comes through: one entry more than the payload counts.
test('of two dispatchers one is refused what the other gets, and every entry of the log is kept', async () => {
  const menu = { 'sourcegraph-forgets': 0.05, 'store-throttled': 0.3, 'ecs-no-capacity': 0.8 };
  expect((await runSeed({ seed: 31, jobs: 30, menu })).violation).toBeUndefined();
});

// A removal that breaks off leaves a record without its stored job, and the next heartbeat may find the job known again.
test.each([8, 9, 10])(
  'a job whose removal was broken off is given back, and not marked errored (seed %i)',
  async (seed) => {
    const menu = { 'sourcegraph-forgets': 0.05, 'store-throttled': 0.3, 'ecs-no-capacity': 0.8 };
    expect((await runSeed({ seed, jobs: 30, menu })).violation).toBeUndefined();
  },
);

describe('the same seed is the same history', () => {
  test.each([1, 10, 20])('seed %i', async (seed) => {
    const one = await runSeed({ seed, jobs: 30 });
    const again = await runSeed({ seed, jobs: 30 });
    expect([again.fingerprint, again.events]).toEqual([one.fingerprint, one.events]);
  });

  test('and another seed another one', async () => {
    const [one, other] = [await runSeed({ seed: 1, jobs: 5 }), await runSeed({ seed: 2, jobs: 5 })];
    expect(one.fingerprint).not.toBe(other.fingerprint);
  });
});
