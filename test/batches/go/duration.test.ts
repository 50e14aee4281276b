// Texts from the documentation and tests of Go's package time.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { durationText, parseDuration } from '#batches/go/duration.ts';

describe('a duration is printed', () => {
  test.each([
    [0n, '0s'],
    [1n, '1ns'],
    [1_100n, '1.1\u00b5s'],
    [2_200_000n, '2.2ms'],
    [3_300_000_000n, '3.3s'],
    [245_000_000_000n, '4m5s'],
    [245_001_000_000n, '4m5.001s'],
    [18_367_001_000_000n, '5h6m7.001s'],
    [480_000_000_001n, '8m0.000000001s'],
    [(1n << 63n) - 1n, '2562047h47m16.854775807s'],
    [-3_600_000_000_000n, '-1h0m0s'],
  ])('%s as %s', (nanos, text) => {
    expect(durationText(nanos)).toBe(text);
  });
});

describe('a duration is read', () => {
  test.each([
    ['0', 0n],
    ['60m', 3_600_000_000_000n],
    ['1h30m', 5_400_000_000_000n],
    ['-1.5h', -5_400_000_000_000n],
    ['+5s', 5_000_000_000n],
    ['.5s', 500_000_000n],
    ['1.s', 1_000_000_000n],
    ['2us', 2_000n],
    ['-9223372036854775808ns', -(1n << 63n)],
  ])('%s', (text, nanos) => {
    expect(parseDuration(text)).toEqual({ kind: 'duration', nanos });
  });

  test.each([
    ['', 'time: invalid duration ""'],
    ['3', 'time: missing unit in duration "3"'],
    ['-', 'time: invalid duration "-"'],
    ['s', 'time: invalid duration "s"'],
    ['.', 'time: invalid duration "."'],
    ['1x', 'time: unknown unit "x" in duration "1x"'],
    ['3000000h', 'time: invalid duration "3000000h"'],
    ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
    ['9223372036854775809x', 'time: invalid duration "9223372036854775809x"'],
    ['1µ', 'time: unknown unit "\\xc2\\xb5" in duration "1\\xc2\\xb5"'],
  ])('not %p', (text, message) => {
    expect(parseDuration(text)).toEqual({ kind: 'error', message });
  });
});

test('what is printed is read back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 62n), max: 1n << 62n }), (nanos) => {
      expect(parseDuration(durationText(nanos))).toEqual({ kind: 'duration', nanos });
    }),
  );
});
