import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { timeJson } from '#batches/go/json-time.ts';
import { DATE_TIME_ZONE, parseTime, RFC3339 } from '#batches/go/time-parse.ts';
import { GoTime } from '#batches/go/values.ts';

describe('parseTime', () => {
  test.each<[string, string, string]>([
    ['UTC', '2026-11-24T06:07:08Z', '"2026-11-24T06:07:08Z"'],
    ['a fraction and a zone', '2026-11-24T06:07:08.120-03:30', '"2026-11-24T06:07:08.12-03:30"'],
    ['more digits than nanoseconds', '2026-11-24T06:07:08.1234567899Z', '"2026-11-24T06:07:08.123456789Z"'],
    ['a comma and one digit of the hour', '2026-11-24T6:07:08,5Z', '"2026-11-24T06:07:08.5Z"'],
    ['a leap day', '2024-02-29T00:00:00Z', '"2024-02-29T00:00:00Z"'],
    ['before the epoch', '1969-12-31T23:59:59.25Z', '"1969-12-31T23:59:59.25Z"'],
    ['the first year', '0001-01-01T00:00:00Z', '"0001-01-01T00:00:00Z"'],
  ])('%s', (_name, text, expected) => {
    const parsed = parseTime(RFC3339, text);
    expect(parsed.kind === 'parsed' && timeJson(parsed.time)).toBe(expected);
  });

  const as = 'parsing time "%" as "2006-01-02T15:04:05Z07:00": cannot parse';
  test.each<[string, string, string]>([
    ['words', 'yesterday', `${as} "yesterday" as "2006"`],
    ['no zone', '2026-11-24T06:07:08', `${as} "" as "Z07:00"`],
    ['a space for the T', '2026-11-24 06:07:08Z', `${as} " 06:07:08Z" as "T"`],
    ['the thirteenth month', '2026-13-24T06:07:08Z', 'parsing time "%": month out of range'],
    ['a day the month does not have', '2026-02-29T06:07:08Z', 'parsing time "%": day out of range'],
    ['the 25th hour', '2026-11-24T25:07:08Z', 'parsing time "%": hour out of range'],
    [
      'something behind it',
      '2026-11-24T06:07:08Zé',
      'parsing time "2026-11-24T06:07:08Z\\xc3\\xa9": extra text: "\\xc3\\xa9"',
    ],
  ])('refuses %s', (_name, text, message) => {
    expect(parseTime(RFC3339, text)).toEqual({ kind: 'error', message: message.replace('%', text) });
  });

  test('one space of a layout is any number of them', () => {
    const parsed = parseTime(DATE_TIME_ZONE, '2020-01-02   03:04:05   +0100');
    expect(parsed.kind === 'parsed' && timeJson(parsed.time)).toBe('"2020-01-02T03:04:05+01:00"');
  });

  test('what is written is read back', () => {
    const nanos = fc.bigInt({ min: -62_135_596_800n * 10n ** 9n, max: 253_402_300_799n * 10n ** 9n });
    fc.assert(
      fc.property(nanos, (value) => {
        const text = timeJson(new GoTime(value, null)).slice(1, -1);
        expect(parseTime(RFC3339, text)).toEqual({ kind: 'parsed', time: new GoTime(value, null) });
      }),
    );
  });
});
