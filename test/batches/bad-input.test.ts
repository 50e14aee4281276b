// Bad input ends in a clear error, soon, and within a memory that leaves room for others.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, test } from '@jest/globals';
import { BAD_INPUTS } from './bad-input/cases.ts';

const MEMORY_MIB_MAX = 768;
const MS_MAX = 20_000;

describe('bad input', () => {
  const worker = new Worker(new URL('./bad-input/worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB_MAX },
  });
  afterAll(() => worker.terminate());

  test.each(BAD_INPUTS.map(({ name, expected }) => [name, expected] as const))(
    '%s',
    async (name, expected) => {
      const answer = once(worker, 'message');
      worker.postMessage(name);
      const [outcome] = (await answer) as [string];
      expect(outcome.slice(-2_000)).toMatch(expected);
    },
    MS_MAX,
  );
});
