import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cacheKey, cacheKeyOfHelper, cacheKeyOfSrc, type CacheKey } from '#batches/cache-key.ts';
import { GoTime } from '#batches/go/values.ts';
import { parseExecutionInput, type WorkspacesExecutionInput } from '#batches/input.ts';

function inputOf(fields: Record<string, unknown>): WorkspacesExecutionInput {
  const parsed = parseExecutionInput(
    JSON.stringify({
      steps: [{ run: 'a' }, { run: 'b' }],
      branch: { name: 'main', target: { oid: 'f00' } },
      ...fields,
    }),
  );
  if (parsed.kind === 'error') throw new Error(parsed.message);
  return parsed.value;
}

function jsonOf(key: CacheKey): string {
  if (key.kind === 'error') throw new Error(key.message);
  return key.json;
}

describe('the two programs', () => {
  const input = inputOf({ searchResultPaths: ['b', 'a', 'b'] });

  test('src completes the branch and makes the paths a set', () => {
    expect(jsonOf(cacheKeyOfSrc(input, 0, [], []))).toContain(
      '"BaseRef":"refs/heads/main","BaseRev":"f00","FileMatches":["a","b"]',
    );
    expect(jsonOf(cacheKeyOfSrc(inputOf({}), 0, [], []))).toContain('"FileMatches":[]');
  });

  test('batcheshelper takes both as they are', () => {
    expect(jsonOf(cacheKeyOfHelper(input, 0, [], []))).toContain(
      '"BaseRef":"main","BaseRev":"f00","FileMatches":["a","b","b"]',
    );
    expect(jsonOf(cacheKeyOfHelper(inputOf({}), 0, [], []))).toContain('"FileMatches":null');
  });
});

describe('cacheKey', () => {
  test('only the steps up to the index count', () => {
    const one = inputOf({});
    const other = inputOf({ steps: [{ run: 'a' }, { run: 'changed' }] });
    expect(cacheKeyOfSrc(one, 0, [], [])).toEqual(cacheKeyOfSrc(other, 0, [], []));
    expect(cacheKeyOfSrc(one, 1, [], [])).not.toEqual(cacheKeyOfSrc(other, 1, [], []));
  });

  test('variables of the job are left out, others count', () => {
    const input = inputOf({ steps: [{ run: 'a', env: ['SRC_EXECUTOR_JOB_ID', 'TOKEN'] }] });
    const key = cacheKeyOfSrc(input, 0, ['SRC_EXECUTOR_JOB_ID=1', 'TOKEN=t'], []);
    expect(key).toEqual(cacheKeyOfSrc(input, 0, ['SRC_EXECUTOR_JOB_ID=2', 'TOKEN=t'], []));
    expect(key).not.toEqual(cacheKeyOfSrc(input, 0, ['SRC_EXECUTOR_JOB_ID=1', 'TOKEN=u'], []));
    expect(jsonOf(key)).toContain('"Environments":[{"TOKEN":"t"}]');
  });

  test('mounts are written with nanoseconds', () => {
    const mounts = [{ path: 'a', size: 3, modified: new GoTime(1_120_000n, null) }];
    expect(jsonOf(cacheKeyOfSrc(inputOf({}), 0, [], mounts))).toContain(
      '"MountsMetadata":[{"Path":"a","Size":3,"Modified":"1970-01-01T00:00:00.00112Z"}]',
    );
  });

  test('image counts as container, and container wins', () => {
    const keyOf = (step: object): CacheKey => cacheKeyOfSrc(inputOf({ steps: [step] }), 0, [], []);
    expect(keyOf({ image: 'i' })).toEqual(keyOf({ container: 'i' }));
    expect(keyOf({ image: 'x', container: 'i' })).toEqual(keyOf({ container: 'i' }));
  });

  test('an outer environment that cannot be read names the step', () => {
    expect(cacheKeyOfSrc(inputOf({}), 0, ['BAD'], [])).toEqual({
      kind: 'error',
      message: 'resolving environment for step 0: unable to parse environment variable "BAD"',
    });
  });

  test('does not depend on the order of maps', () => {
    const map = fc.dictionary(fc.string(), fc.string(), { maxKeys: 5 });
    const outputs = fc.dictionary(fc.string(), fc.record({ value: fc.string(), format: fc.string() }), { maxKeys: 5 });
    fc.assert(
      fc.property(map, map, outputs, fc.array(fc.string(), { maxLength: 5 }), (env, files, outs, paths) => {
        const keyOf = (turn: (o: object) => object, found: string[]): CacheKey =>
          cacheKeyOfHelper(
            inputOf({ steps: [{ env: turn(env), files: turn(files), outputs: turn(outs) }], searchResultPaths: found }),
            0,
            [],
            [],
          );
        expect(keyOf(reversed, paths.toReversed())).toEqual(keyOf((object) => object, paths));
      }),
    );
  });

  test('the key is the start of the hash of the text', () => {
    const key = cacheKey({
      repository: { id: '', name: '', baseRef: '', baseRev: '', fileMatches: null },
      path: '',
      onlyFetchWorkspace: false,
      steps: null,
      batchChange: { name: '', description: '' },
      stepIndex: 3,
      environment: [],
      mounts: null,
    });
    expect(key.kind === 'key' ? key.key : key.message).toMatch(/^[\w-]{22}-step-3$/);
  });
});

function reversed(object: object): object {
  return Object.fromEntries(Object.entries(object).reverse());
}
