// `Time.Format`: a layout is the reference time, Mon Jan 2 15:04:05 MST 2006, written as the result shall look.
import { calendarOf, MONTHS, offsetText, WEEKDAYS, yearText, zoneText, type CalendarTime } from './time-text.ts';
import type { GoTime } from './values.ts';

/** The elements of a layout in the order in which Go tries them at a place. */
const ELEMENT =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_(?=2006)|_2|__2|3|4|5|PM|pm|[-Z]07(?:0000|:00:00|00|:00)?|[.,](?:0+|9+)(?![0-9])/g;

type Write = (at: CalendarTime, time: GoTime) => string;

export function formatTime(time: GoTime, layout: string): string {
  const at = calendarOf(time);
  return layout.replace(ELEMENT, (element) => {
    const write = ELEMENTS.get(element);
    if (write !== undefined) return write(at, time);
    return /^[.,]/.test(element) ? fraction(element, at.nanosecond) : zoneOffset(element, time.offsetSeconds ?? 0);
  });
}

const ELEMENTS: ReadonlyMap<string, Write> = new Map<string, Write>([
  ['2006', (at) => yearText(at.year)],
  ['06', (at) => padded(Math.abs(at.year) % 100, 2)],
  ['January', (at) => MONTHS[at.month - 1] ?? ''],
  ['Jan', (at) => (MONTHS[at.month - 1] ?? '').slice(0, 3)],
  ['1', (at) => String(at.month)],
  ['01', (at) => padded(at.month, 2)],
  ['Monday', (at) => WEEKDAYS[at.weekday] ?? ''],
  ['Mon', (at) => (WEEKDAYS[at.weekday] ?? '').slice(0, 3)],
  ['2', (at) => String(at.day)],
  ['_2', (at) => String(at.day).padStart(2)],
  ['02', (at) => padded(at.day, 2)],
  ['__2', (at) => String(at.yearDay).padStart(3)],
  ['002', (at) => padded(at.yearDay, 3)],
  ['15', (at) => padded(at.hour, 2)],
  ['3', (at) => String(hour12(at))],
  ['03', (at) => padded(hour12(at), 2)],
  ['4', (at) => String(at.minute)],
  ['04', (at) => padded(at.minute, 2)],
  ['5', (at) => String(at.second)],
  ['05', (at) => padded(at.second, 2)],
  ['PM', (at) => (at.hour >= 12 ? 'PM' : 'AM')],
  ['pm', (at) => (at.hour >= 12 ? 'pm' : 'am')],
  ['MST', (_, time) => zoneText(time.offsetSeconds ?? 0)],
  ['_', () => '_'], // _2006 is no element of its own: an underscore and the year
]);

function hour12(at: CalendarTime): number {
  return at.hour % 12 === 0 ? 12 : at.hour % 12;
}

/** .000 shows as many digits as are written, .999 drops the zeros at the end. */
function fraction(element: string, nanosecond: number): string {
  const digits = padded(nanosecond, 9).slice(0, element.length - 1);
  if (element[1] === '0') return element.slice(0, 1) + digits;
  const shown = digits.replace(/0+$/, '');
  return shown === '' ? '' : element.slice(0, 1) + shown;
}

/** -0700 and its forms; a Z in place of the sign stands for UTC. */
function zoneOffset(element: string, offsetSeconds: number): string {
  if (element.startsWith('Z') && offsetSeconds === 0) return 'Z';
  const [sign = '', ...digits] = offsetText(offsetSeconds);
  const separator = element.includes(':') ? ':' : '';
  const hours = sign + digits.slice(0, 2).join('');
  if (element.length === 3) return hours;
  const minutes = hours + separator + digits.slice(2).join('');
  const hasSeconds = element.length > 6;
  return hasSeconds ? minutes + separator + padded(Math.abs(offsetSeconds) % 60, 2) : minutes;
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
