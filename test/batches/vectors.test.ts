// Every vector file of pure functions through its adapter, as `npm run vectors` does; what differs is listed by name.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Adapter, VectorFile } from '../vector-run/adapter.ts';

describe('vectors of the real Go programs', () => {
  test.each([
    'globs',
    'gojson',
    'cachekeys',
    'diffs',
    'env',
    'v1',
    'outputs',
    'specs',
    'changesets',
    'templates',
    'conditions',
  ])('%s', async (name) => {
    const file = JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as VectorFile;
    const { adapter } = (await import(`../vector-run/${name}.ts`)) as { adapter: Adapter };
    const differing: string[] = [];
    for (const testCase of file.cases) {
      const verdict = await adapter.run(testCase, file, { engine: 'process' });
      if (!verdict.passed) differing.push(testCase.name);
    }
    expect(file.cases.length).toBeGreaterThan(0);
    expect(differing).toEqual([]);
  });
});
