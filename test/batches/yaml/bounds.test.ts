// Texts that are made to cost: each ends with an error, soon, and without filling the memory.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeYaml } from '#batches/yaml/index.ts';

const DURATION_MS_MAX = 3_000;

function aliases(levels: number): string {
  const first = 'a0: &a0 [x, x, x, x, x, x, x, x, x]\n';
  const next = (level: number): string =>
    `a${level}: &a${level} [${Array(9)
      .fill(`*a${level - 1}`)
      .join(', ')}]\n`;
  return first + Array.from({ length: levels }, (_, index) => next(index + 1)).join('');
}

describe('costly texts', () => {
  test.each([
    ['a billion laughs', aliases(9), 'yaml: document contains excessive aliasing'],
    ['brackets beyond the scanner', '['.repeat(10_001), 'yaml: exceeded max depth of 10000'],
    ['brackets beyond the decoder', '['.repeat(1_001) + ']'.repeat(1_001), 'yaml: line 1: exceeded max depth of 1000'],
    ['indentation', '- '.repeat(10_001), 'yaml: exceeded max depth of 10000'],
    [
      'mappings in mappings',
      Array.from({ length: 1_500 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
      'yaml: line 1001: exceeded max depth of 1000',
    ],
  ])('%s', (_name, text, message) => {
    const started = performance.now();
    expect(decodeYaml(text)).toMatchObject({ kind: 'error', message });
    expect(performance.now() - started).toBeLessThan(DURATION_MS_MAX);
  });

  test('the same key ten thousand times is not fifty million errors', () => {
    const decoded = decodeYaml('a: 1\n'.repeat(10_000));
    expect(decoded).toMatchObject({ kind: 'error' });
    expect(decoded.kind === 'error' ? decoded.message.split('\n').length : 0).toBe(1_001);
  });

  test('ten megabytes are read', () => {
    const started = performance.now();
    const decoded = decodeYaml(`text: |\n${'  a line of an ordinary length, and then some more\n'.repeat(200_000)}`);
    expect(decoded.kind).toBe('value');
    expect(performance.now() - started).toBeLessThan(DURATION_MS_MAX);
  });

  test('twenty thousand keys are told apart', () => {
    const decoded = decodeYaml(Array.from({ length: 20_000 }, (_, index) => `k${index}: ${index}\n`).join(''));
    expect(decoded.kind === 'value' && decoded.value instanceof Map ? decoded.value.size : 0).toBe(20_000);
  });
});

describe('random input', () => {
  const pieces = fc.constantFrom(
    ...['a', ': ', '- ', '? ', '\n', '\n  ', ' ', '\t', '[', ']', '{', '}', ', ', '"', "'", '&x ', '*x', '<<: '],
    ...[
      '!!int ',
      '!',
      '%TAG ! x\n',
      '---\n',
      '...\n',
      '|\n',
      '>-\n',
      '# c\n',
      '1',
      '0x',
      '2020-01-02',
      'é',
      '🎉',
      '\\',
      '\r',
      '@',
    ],
  );

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
          fc.string({ unit: 'binary', maxLength: 60 }),
        ),
        (text) => {
          const decoded = decodeYaml(text);
          expect(decoded.kind === 'error' ? decoded.message : 'yaml: ').toMatch(/^yaml: /);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('JSON without the characters that YAML forbids is YAML', () => {
    const text = fc.string({ unit: 'grapheme-ascii', maxLength: 8 });
    fc.assert(
      fc.property(fc.dictionary(text, fc.oneof(text, fc.boolean(), fc.constant(null))), (object) => {
        const decoded = decodeYaml(JSON.stringify(object));
        expect(decoded.kind === 'value' ? decoded.value : decoded).toEqual(new Map(Object.entries(object)));
      }),
      { numRuns: 200 },
    );
  });
});
