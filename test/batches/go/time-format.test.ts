// Time.Format. Each expected text is what Go 1.26 gave for the layout.
import { describe, expect, test } from '@jest/globals';
import { formatTime } from '#batches/go/time-format.ts';
import { GoTime } from '#batches/go/values.ts';

/** 2020-01-02 15:04:05.12 UTC, and 2020-12-31 00:04:05 three and a half hours west of it. */
const UTC = new GoTime(1_577_977_445_120_000_000n, null);
const WEST = new GoTime(1_609_385_645_000_000_000n, -12_600);

describe('formatTime', () => {
  test.each<[string, string, string]>([
    ['2006-01-02', '2020-01-02', '2020-12-31'],
    ['Mon Jan _2 15:04:05 2006', 'Thu Jan  2 15:04:05 2020', 'Thu Dec 31 00:04:05 2020'],
    ['Monday, 02-Jan-06 15:04:05 MST', 'Thursday, 02-Jan-20 15:04:05 UTC', 'Thursday, 31-Dec-20 00:04:05 -0330'],
    ['Mon, 02 Jan 2006 15:04:05 -0700', 'Thu, 02 Jan 2020 15:04:05 +0000', 'Thu, 31 Dec 2020 00:04:05 -0330'],
    ['2006-01-02T15:04:05.999999999Z07:00', '2020-01-02T15:04:05.12Z', '2020-12-31T00:04:05-03:30'],
    ['3:04PM 03:4:5 pm', '3:04PM 03:4:5 pm', '12:04AM 12:4:5 am'],
    ['002 __2 _2006 2 1', '002   2 _2020 2 1', '366 366 _2020 31 12'],
    ['15:04:05.000,00', '15:04:05.120,12', '00:04:05.000,00'],
    ['-07 -07:00 -07:00:00 -070000 Z07', '+00 +00:00 +00:00:00 +000000 Z', '-03 -03:30 -03:30:00 -033000 -03'],
    ['Janet Monster .0001 99', 'Janet Monster .0001 99', 'Janet Monster .0012 99'],
  ])('%s', (layout, utc, west) => {
    expect(formatTime(UTC, layout)).toBe(utc);
    expect(formatTime(WEST, layout)).toBe(west);
  });
});
