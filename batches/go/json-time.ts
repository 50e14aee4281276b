// time.Time in JSON: RFC 3339 with as many digits of the second as are needed.
import { JsonEncodeError } from './json-error.ts';
import { calendarOf } from './time-text.ts';
import type { GoTime } from './values.ts';

/** Throws JsonEncodeError for years and zones that RFC 3339 cannot write. */
export function timeJson(time: GoTime): string {
  const { year, month, day, hour, minute, second, nanosecond } = calendarOf(time);
  if (year < 0 || year > 9999) throw notMarshalled('year outside of range [0,9999]');
  const offset = time.offsetSeconds ?? 0;
  const zoneMinutes = Math.trunc(Math.abs(offset) / 60);
  if (zoneMinutes >= 24 * 60) throw notMarshalled('timezone hour outside of range [0,23]');
  const fraction = nanosecond === 0 ? '' : `.${String(nanosecond).padStart(9, '0').replace(/0+$/, '')}`;
  const sign = offset < 0 ? '-' : '+';
  const zone = offset === 0 ? 'Z' : `${sign}${two(Math.floor(zoneMinutes / 60))}:${two(zoneMinutes % 60)}`;
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return `"${date}T${two(hour)}:${two(minute)}:${two(second)}${fraction}${zone}"`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function notMarshalled(reason: string): JsonEncodeError {
  return new JsonEncodeError(`json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: ${reason}`);
}
