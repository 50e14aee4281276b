// Every metric of the table is emitted by something: the names that simulated lives of jobs really gave, faults and all.
import { expect, test } from '@jest/globals';
import { METRICS } from '#jobs/metrics.ts';
import type { World } from '#jobs/world.ts';
import type { Defect } from './defects.ts';
import type { Menu } from './faults.ts';
import { runSeed } from './run-seed.ts';

const SEEDS_MAX = 60;

/** What no fault of a seed does: AWS refuses every launch for good; there is a record of a version to come. */
const OTHER_WORLDS: readonly ((world: World) => World)[] = [
  (world) => ({
    ...world,
    tasks: { ...world.tasks, launch: () => Promise.resolve({ kind: 'rejected', message: 'AccessDeniedException' }) },
  }),
  (world) => ({
    ...world,
    jobs: {
      ...world.jobs,
      inFlight: async () => ({ ...(await world.jobs.inFlight()), unreadable: ['batches/99/ffffffffffff'] }),
    },
  }),
];

const inWorld = (dispatcher: Defect['dispatcher']): Defect => ({
  name: 'another world',
  sentence: '',
  menu: {},
  caught: /./,
  ...(dispatcher === undefined ? {} : { dispatcher }),
});

/** Rare in a small world that draws its own faults. */
const RARE: readonly Menu[] = [
  { 'stand-by-lost': 1, 'schedule-stops': 1 },
  { 'ecs-stuck': 0.5 },
  { 'ecs-quota': 1 },
  { 'poisonous-job': 0.5 },
  { 'ecs-spot-loss': 0.3 },
  { 'mark-refused': 0.8 },
];

test('lives of jobs emit each metric of the table, and no other', async () => {
  const emitted = new Set<string>();
  for (const world of OTHER_WORLDS) {
    const { metrics } = await runSeed({ seed: 1, jobs: 2, menu: {}, defect: inWorld(world) });
    for (const name of metrics) emitted.add(name);
  }
  for (const menu of RARE) for (const name of (await runSeed({ seed: 1, jobs: 10, menu })).metrics) emitted.add(name);
  const missing = (): string[] => Object.keys(METRICS).filter((name) => !emitted.has(name));
  for (let seed = 1; seed <= SEEDS_MAX && missing().length > 0; seed++) {
    for (const name of (await runSeed({ seed, jobs: 10 })).metrics) emitted.add(name);
  }
  expect(missing()).toEqual([]);
  expect([...emitted].filter((name) => !(name in METRICS))).toEqual([]);
});
