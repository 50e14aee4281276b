// YAML timestamps, in the four forms that yaml.v3 tries with Go's time.Parse.
import { GoTime } from '../go/values.ts';

const CLOCK = String.raw`(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?`;
const DATE = String.raw`^(\d{4})-(\d{1,2})-(\d{1,2})`;
const FORMS: readonly RegExp[] = [
  new RegExp(String.raw`${DATE}[Tt]${CLOCK}(Z|[+-]\d{2}:\d{2})$`),
  new RegExp(`${DATE} +${CLOCK}$`),
  new RegExp(`${DATE}$`),
];
const NANO_DIGITS = 9;

/** null when the text is none. A zone of +00:00 is UTC, as it is for a Go program that runs in UTC. */
export function parseTimestamp(text: string): GoTime | null {
  for (const form of FORMS) {
    const match = form.exec(text);
    if (match !== null) return fromParts(match);
  }
  return null;
}

function fromParts(match: RegExpExecArray): GoTime | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((digits) => Number(digits || 0));
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const offsetSeconds = zoneOffset(match[8] ?? 'Z');
  if (offsetSeconds === null) return null;
  const seconds = daysSinceEpoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offsetSeconds;
  const nanos = BigInt((match[7] ?? '').slice(0, NANO_DIGITS).padEnd(NANO_DIGITS, '0'));
  return new GoTime(BigInt(seconds) * 1_000_000_000n + nanos, offsetSeconds === 0 ? null : offsetSeconds);
}

/** Go takes 24 hours and 60 minutes too, "as some people do write" them. */
function zoneOffset(zone: string): number | null {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4));
  if (hours > 24 || minutes > 60) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3_600 + minutes * 60);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days of the proleptic Gregorian calendar; years are counted from March, so that the leap day is the last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
