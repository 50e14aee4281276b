// Go's time.Parse for the layouts that JSON and diffs use, with its error texts.
import { quoted } from './time-quote.ts';
import { GoTime } from './values.ts';

/** A piece of a layout: an element by its Go name, or the text between elements. */
type LayoutPart = '2006' | '01' | '02' | '15' | '04' | '05' | '-0700' | 'Z07:00' | { readonly between: string };

export interface TimeLayout {
  readonly text: string;
  readonly parts: readonly LayoutPart[];
}

const DATE: readonly LayoutPart[] = ['2006', { between: '-' }, '01', { between: '-' }, '02'];
const CLOCK: readonly LayoutPart[] = ['15', { between: ':' }, '04', { between: ':' }, '05'];

export const RFC3339: TimeLayout = {
  text: '2006-01-02T15:04:05Z07:00',
  parts: [...DATE, { between: 'T' }, ...CLOCK, 'Z07:00'],
};
export const DATE_TIME_ZONE: TimeLayout = {
  text: '2006-01-02 15:04:05 -0700',
  parts: [...DATE, { between: ' ' }, ...CLOCK, { between: ' ' }, '-0700'],
};
export const DATE_TIME: TimeLayout = {
  text: '2006-01-02 15:04:05',
  parts: [...DATE, { between: ' ' }, ...CLOCK],
};

export type ParsedTime =
  { readonly kind: 'parsed'; readonly time: GoTime } | { readonly kind: 'error'; readonly message: string };

interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  /** null: UTC. */
  offsetSeconds: number | null;
}

/** What is left of the value behind an element, or what is wrong with it. */
type Step = { readonly rest: string } | { readonly outOfRange: string; readonly rest: string } | { readonly bad: true };

const BAD: Step = { bad: true };

export function parseTime(layout: TimeLayout, value: string): ParsedTime {
  const fields: Fields = {
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    offsetSeconds: null,
  };
  const cannotParse = (rest: string, as: string): ParsedTime => ({
    kind: 'error',
    message: `parsing time ${quoted(value)} as ${quoted(layout.text)}: cannot parse ${quoted(rest)} as ${quoted(as)}`,
  });
  const refused = (message: string): ParsedTime => ({
    kind: 'error',
    message: `parsing time ${quoted(value)}: ${message}`,
  });
  let rest = value;
  for (const part of layout.parts) {
    if (typeof part !== 'string') {
      const skipped = skipText(rest, part.between);
      if (!skipped.matched) return cannotParse(skipped.rest, part.between);
      rest = skipped.rest;
      continue;
    }
    const step = readElement(part, rest, fields);
    if ('bad' in step) return cannotParse(rest, part);
    if ('outOfRange' in step) return refused(`${step.outOfRange} out of range`);
    rest = step.rest;
  }
  if (rest !== '') return refused(`extra text: ${quoted(rest)}`);
  if (fields.day < 1 || fields.day > daysInMonth(fields.year, fields.month)) return refused('day out of range');
  return { kind: 'parsed', time: timeOf(fields) };
}

/** One space of a layout matches any number of them. */
function skipText(value: string, text: string): { matched: boolean; rest: string } {
  if (text !== ' ') {
    return value.startsWith(text) ? { matched: true, rest: value.slice(text.length) } : { matched: false, rest: value };
  }
  if (value !== '' && !value.startsWith(' ')) return { matched: false, rest: value };
  return { matched: true, rest: value.replace(/^ +/, '') };
}

function readElement(part: Extract<LayoutPart, string>, value: string, fields: Fields): Step {
  switch (part) {
    case '2006':
      if (!/^\d{4}/.test(value)) return BAD;
      fields.year = Number(value.slice(0, 4));
      return { rest: value.slice(4) };
    case '01':
      return readNumber(value, 1, 12, 'month', (month) => (fields.month = month));
    case '02':
      return readNumber(value, 0, 99, 'day', (day) => (fields.day = day));
    case '15': {
      const digits = /^\d\d?/.exec(value)?.[0];
      if (digits === undefined) return BAD;
      fields.hour = Number(digits);
      const rest = value.slice(digits.length);
      return fields.hour > 23 ? { outOfRange: 'hour', rest } : { rest };
    }
    case '04':
      return readNumber(value, 0, 59, 'minute', (minute) => (fields.minute = minute));
    case '05':
      return readSecond(value, fields);
    case '-0700':
      return readOffset(/^(.)(..)(..)/su.exec(value), value, fields);
    case 'Z07:00':
      return value.startsWith('Z')
        ? { rest: value.slice(1) }
        : readOffset(/^(.)(..):(..)/su.exec(value), value, fields);
  }
}

function readNumber(value: string, min: number, max: number, name: string, store: (n: number) => void): Step {
  if (!/^\d\d/.test(value)) return BAD;
  const number = Number(value.slice(0, 2));
  store(number);
  const rest = value.slice(2);
  return number < min || number > max ? { outOfRange: name, rest } : { rest };
}

/** Takes a fraction along even where the layout has none. */
function readSecond(value: string, fields: Fields): Step {
  const step = readNumber(value, 0, 59, 'second', (second) => (fields.second = second));
  if (!('rest' in step) || 'outOfRange' in step) return step;
  const fraction = /^[.,](\d+)/.exec(step.rest);
  if (fraction === null) return step;
  fields.nanosecond = Number((fraction[1] ?? '').slice(0, 9).padEnd(9, '0'));
  return { rest: step.rest.slice(fraction[0].length) };
}

function readOffset(match: RegExpExecArray | null, value: string, fields: Fields): Step {
  if (match === null) return BAD;
  const [whole, sign, hours = '', minutes = ''] = match;
  const rest = value.slice(whole.length);
  const hour = /^\d\d$/.test(hours) ? Number(hours) : null;
  const minute = hour !== null && /^\d\d$/.test(minutes) ? Number(minutes) : null;
  if (hour !== null && hour > 24) return { outOfRange: 'time zone offset hour', rest };
  if (minute !== null && minute > 60) return { outOfRange: 'time zone offset minute', rest };
  if (hour === null || minute === null || (sign !== '+' && sign !== '-')) return BAD;
  fields.offsetSeconds = (sign === '-' ? -60 : 60) * (hour * 60 + minute);
  return { rest };
}

function timeOf(fields: Fields): GoTime {
  const seconds =
    daysSinceEpoch(fields.year, fields.month, fields.day) * 86_400 +
    fields.hour * 3600 +
    fields.minute * 60 +
    fields.second -
    (fields.offsetSeconds ?? 0);
  return new GoTime(BigInt(seconds) * 1_000_000_000n + BigInt(fields.nanosecond), fields.offsetSeconds);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days from 1 January 1970; years are counted from March, so that the leap day is the last of its year. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const monthFromMarch = (month + 9) % 12;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + dayOfYear - 719_468;
}
