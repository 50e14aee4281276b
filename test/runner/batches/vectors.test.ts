// Transcripts of the reference's programs through the step-runner's own code, the first of each stratum; all of them
// run by `npm run vectors`.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Adapter, VectorCase, VectorFile } from '../../vector-run/adapter.ts';

const PER_STRATUM = 1;

function firstOfEachStratum({ cases }: VectorFile): VectorCase[] {
  const taken = new Map<unknown, number>();
  return cases.filter(({ stratum }) => {
    taken.set(stratum, (taken.get(stratum) ?? 0) + 1);
    return (taken.get(stratum) ?? 0) <= PER_STRATUM;
  });
}

describe.each(['helper', 'batch-exec'])('%s', (name) => {
  test('the first transcripts of each stratum', async () => {
    const file = JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8')) as VectorFile;
    const { adapter } = (await import(`../../vector-run/${name}.ts`)) as { adapter: Adapter };
    const waiting = firstOfEachStratum(file);
    const differing: string[] = [];
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const verdict = await adapter.run(next, file, { engine: 'process' });
        if (!verdict.passed) differing.push(next.name);
      }
    };
    expect(waiting.length).toBeGreaterThan(10);
    await Promise.all(Array.from({ length: adapter.parallel ?? 1 }, worker));
    expect(differing).toEqual([]);
  });
});
