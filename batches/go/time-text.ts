// Go's time.Time as text: `String`, `GoString`, and its calendar fields.
import type { GoTime } from './values.ts';

const NANOS_PER_SECOND = 1_000_000_000n;
const SECONDS_PER_DAY = 86_400n;
/** Seconds from year 1 to the Unix epoch: time.Time counts from year 1. */
export const UNIX_EPOCH_IN_GO_SECONDS = 62_135_596_800n;

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

/** The date and time of day in the time's own zone. */
export interface CalendarTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 1 to 366. */
  readonly yearDay: number;
}

/** Whole seconds since the Unix epoch, rounded down. */
export function unixSeconds(time: GoTime): bigint {
  return floorDivide(time.nanos, NANOS_PER_SECOND);
}

export function calendarOf(time: GoTime): CalendarTime {
  const seconds = unixSeconds(time);
  const local = seconds + BigInt(time.offsetSeconds ?? 0);
  const days = floorDivide(local, SECONDS_PER_DAY);
  const secondOfDay = Number(local - days * SECONDS_PER_DAY);
  const { year, month, day } = civilDate(Number(days));
  return {
    year,
    month,
    day,
    hour: Math.floor(secondOfDay / 3600),
    minute: Math.floor(secondOfDay / 60) % 60,
    second: secondOfDay % 60,
    nanosecond: Number(time.nanos - seconds * NANOS_PER_SECOND),
    weekday: (((Number(days) + 4) % 7) + 7) % 7,
    yearDay: Number(days) - daysFromCivil(year, 1, 1) + 1,
  };
}

/** `Time.String` without a monotonic clock reading. */
export function timeString(time: GoTime): string {
  const at = calendarOf(time);
  const fraction = at.nanosecond === 0 ? '' : `.${String(at.nanosecond).padStart(9, '0').replace(/0+$/, '')}`;
  const date = `${yearText(at.year)}-${two(at.month)}-${two(at.day)}`;
  const offset = time.offsetSeconds ?? 0;
  return `${date} ${two(at.hour)}:${two(at.minute)}:${two(at.second)}${fraction} ${offsetText(offset)} ${zoneText(offset)}`;
}

/** `Time.GoString`, which `%#v` prints. */
export function timeGoString(time: GoTime): string {
  const at = calendarOf(time);
  const zone = time.offsetSeconds === null ? 'time.UTC' : time.offsetSeconds === 0 ? 'time.Local' : 'time.Location("")';
  const month = `time.${MONTHS[at.month - 1] ?? ''}`;
  return `time.Date(${at.year}, ${month}, ${at.day}, ${at.hour}, ${at.minute}, ${at.second}, ${at.nanosecond}, ${zone})`;
}

/** A zone read from a timestamp has no name and shows its offset; an offset of zero is the reference's own zone, UTC. */
export function zoneText(offsetSeconds: number): string {
  return offsetSeconds === 0 ? 'UTC' : offsetText(offsetSeconds);
}

/** "+0130"; of a zone's seconds there is no trace. */
export function offsetText(offsetSeconds: number): string {
  const minutes = Math.floor(Math.abs(offsetSeconds) / 60);
  return `${offsetSeconds < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}

/** At least four digits. */
export function yearText(year: number): string {
  return year < 0 ? `-${String(-year).padStart(4, '0')}` : String(year).padStart(4, '0');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

// Howard Hinnant's days-from-civil arithmetic (proleptic Gregorian): eras of 400 years, years that begin in March.
const DAYS_PER_ERA = 146_097;
const DAYS_FROM_ERA_TO_UNIX_EPOCH = 719_468;

function civilDate(daysSinceEpoch: number): { year: number; month: number; day: number } {
  const shifted = daysSinceEpoch + DAYS_FROM_ERA_TO_UNIX_EPOCH;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}

function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - DAYS_FROM_ERA_TO_UNIX_EPOCH;
}
