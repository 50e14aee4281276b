import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '#settings/durations.ts';
import { formatSize, parseSize } from '#settings/sizes.ts';

test.each([
  ['0', 0],
  ['0s', 0],
  ['200ms', 200],
  ['1s', 1000],
  ['30m', 1_800_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['.5s', 500],
  ['1.s', 1000],
  ['2h45m30.5s', 9_930_500],
  ['1us', 0.001],
  ['1µs', 0.001],
  ['1μs', 0.001],
  ['1ns', 0],
  ['600ns', 0.001],
  ['-1m', -60_000],
  ['+1m', 60_000],
  ['1m1m', 120_000],
  ['2562047h', 2562047 * 3_600_000],
])('duration %s', (text, ms) => {
  expect(parseDuration(text)).toBeCloseTo(ms, 9);
});

test.each([
  '',
  ' ',
  '1',
  '30',
  's',
  '.s',
  '1 s',
  ' 1s',
  '1s ',
  '1S',
  '1d',
  '1h30',
  '--1s',
  '1e3s',
  '٣s',
  '9999999h',
  '1m\n',
])('no duration: %j', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  [0, '0s'],
  [0.001, '0s'],
  [200, '200ms'],
  [1000, '1s'],
  [1500, '1.5s'],
  [60_000, '1m0s'],
  [1_800_000, '30m0s'],
  [5_400_000, '1h30m0s'],
  [3_600_000, '1h0m0s'],
  [-1500, '-1.5s'],
  [61_001, '1m1.001s'],
])('%d ms is written %s, as Go does', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('a duration written and read is the same', () => {
  fc.assert(fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => parseDuration(formatDuration(ms)) === ms));
});

test('no text makes the duration reader throw', () => {
  const near = fc.stringMatching(/^[-+]?([0-9.]{0,4}(ns|us|µs|ms|s|m|h|d)?){0,4}$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), near), (text) => {
      const ms = parseDuration(text);
      expect(ms === undefined || Number.isFinite(ms)).toBe(true);
    }),
  );
});

const GIB = 1024 ** 3;
test.each([
  ['12G', 12 * GIB],
  ['12GB', 12 * GIB],
  ['12GiB', 12 * GIB],
  ['12Gi', 12 * GIB],
  ['12g', 12 * GIB],
  ['12 GB', 12 * GIB],
  ['512M', GIB / 2],
  ['0.5G', GIB / 2],
  ['1T', 1024 * GIB],
  ['1024', 1024],
  ['1024B', 1024],
  ['0', 0],
])('size %s', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', 'G', '-1G', '1X', '1GG', '1 G B', '1,5G', '1e3', '99999999P', '1G\n', '.5G'])('no size: %j', (text) => {
  expect(parseSize(text)).toBeUndefined();
});

test.each([
  [12 * GIB, '12G'],
  [GIB + GIB / 2, '1536M'],
  [1024 * GIB, '1T'],
  [1000, '1000'],
  [0, '0'],
])('%d bytes are written %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});

test('a size written and read is the same, and no text makes the reader throw', () => {
  fc.assert(fc.property(fc.maxSafeNat(), (bytes) => parseSize(formatSize(bytes)) === bytes));
  fc.assert(
    fc.property(fc.string(), (text) => {
      const bytes = parseSize(text);
      expect(bytes === undefined || Number.isSafeInteger(bytes)).toBe(true);
    }),
  );
});
