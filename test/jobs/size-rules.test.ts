import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type SizeRule, sizeOf } from '#jobs/size-rules.ts';

const size = (cpus: number): SizeRule['size'] => ({
  cpuUnits: cpus * 1024,
  memoryMiB: cpus * 2048,
  ephemeralStorageGiB: 21,
});
const rule = (cpus: number, match: Pick<SizeRule, 'queue' | 'repository'>): SizeRule => ({
  ...match,
  size: size(cpus),
  runtimeLimitMs: cpus * 60_000,
});

const options = (sizeRules: readonly SizeRule[]): Parameters<typeof sizeOf>[2] => ({
  plan: { runnerImage: 'runner', size: size(4), architecture: 'X86_64', images: {}, registrySecrets: {} },
  runtimeLimitMs: 1_800_000,
  sizeRules,
});

describe('the first rule that matches decides', () => {
  const rules = [
    rule(8, { queue: 'codeintel', repository: 'github.com/acme/mono*' }),
    rule(2, { queue: 'codeintel' }),
    rule(1, { repository: 'github.com/*/docs' }),
  ];
  test.each([
    ['codeintel', 'github.com/acme/monolith', 8],
    ['codeintel', 'github.com/acme/docs', 2],
    ['batches', 'github.com/acme/docs', 1],
    ['batches', 'github.com/acme/monolith', 4],
    ['batches', 'github.com/acme/docs-old', 4],
    ['batches', 'gitlab.com/acme/docs', 4],
  ])('%s %s gets %i CPUs', (queue, repositoryName, cpus) => {
    const found = sizeOf(queue, { repositoryName }, options(rules));
    expect(found.size).toEqual(size(cpus));
    expect(found.runtimeLimitMs).toBe(cpus === 4 ? 1_800_000 : cpus * 60_000);
  });
});

test('without rules every job has the size of the pool', () => {
  const { plan, runtimeLimitMs } = options([]);
  expect(sizeOf('batches', { repositoryName: 'x' }, { plan, runtimeLimitMs })).toEqual({
    size: size(4),
    runtimeLimitMs: 1_800_000,
  });
});

test('a star stands for any characters, and nothing else in a pattern is special', () => {
  const part = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/', '*', '(') });
  fc.assert(
    fc.property(part, part, (pattern, repositoryName) => {
      const escaped = pattern.split('*').map((text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
      const expected = new RegExp(`^${escaped.join('[^]*')}$`).test(repositoryName);
      const found = sizeOf('batches', { repositoryName }, options([rule(1, { repository: pattern })]));
      expect(found.size.cpuUnits === 1024).toBe(expected);
    }),
    { numRuns: 500 },
  );
});
