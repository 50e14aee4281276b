import { expect, test } from '@jest/globals';
import { taskCostMicroDollars, type TaskKind } from '#jobs/cost.ts';

const HOUR = 3_600_000;
const task = (of: Partial<TaskKind> & { readonly diskGiB?: number } = {}): TaskKind => ({
  size: { cpuUnits: 4096, memoryMiB: 12_288, ephemeralStorageGiB: of.diskGiB ?? 20 },
  architecture: of.architecture ?? 'X86_64',
  capacity: of.capacity ?? 'on-demand',
});

// 4 x 0.04048 + 12 x 0.004445 = 0.21526, of the prices that docs/costs.md names.
test.each<[string, TaskKind, number, number]>([
  ['x86_64 on demand', task(), HOUR, 215_260],
  ['ARM64', task({ architecture: 'ARM64' }), HOUR, 172_240],
  ['Spot', task({ capacity: 'spot' }), HOUR, 64_578],
  ['more disk than is free', task({ diskGiB: 120 }), HOUR, 226_360],
  ['Spot takes nothing off the disk', task({ capacity: 'spot', diskGiB: 120 }), HOUR, 75_678],
  ['ten minutes', task(), HOUR / 6, 35_877],
  ['a second is billed as a minute', task(), 1_000, 3_588],
])('%s', (_, kind, ms, cost) => {
  expect(taskCostMicroDollars(kind, ms)).toBe(cost);
});
