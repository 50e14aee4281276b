// The methods of a time that templates can call, and Go's words for those that give more than a template can take.
import { GoNamedInt, type GoConcrete, type Reflected } from '#batches/go/reflect.ts';
import { formatTime } from '#batches/go/time-format.ts';
import { calendarOf, MONTHS, timeGoString, timeString, unixSeconds, WEEKDAYS } from '#batches/go/time-text.ts';
import { GoInt, GoTime } from '#batches/go/values.ts';
import { stringAt } from './function.ts';
import { simple, type Method } from './method.ts';

const NANOS_PER_MICRO = 1000n;
const NANOS_PER_MILLI = 1_000_000n;
/** time.Time's zero, 1 January of the year 1 in UTC, in nanoseconds since the Unix epoch. */
const ZERO_TIME = -62_135_596_800_000_000_000n;

/** Methods without parameters that give one plain value. */
const PLAIN: ReadonlyMap<string, (time: GoTime) => GoConcrete> = new Map(
  Object.entries<(time: GoTime) => GoConcrete>({
    Year: (time) => new GoInt(calendarOf(time).year),
    Month: (time) => {
      const { month } = calendarOf(time);
      return new GoNamedInt(month, 'time.Month', MONTHS[month - 1] ?? null);
    },
    Day: (time) => new GoInt(calendarOf(time).day),
    Hour: (time) => new GoInt(calendarOf(time).hour),
    Minute: (time) => new GoInt(calendarOf(time).minute),
    Second: (time) => new GoInt(calendarOf(time).second),
    Nanosecond: (time) => new GoInt(calendarOf(time).nanosecond),
    YearDay: (time) => new GoInt(calendarOf(time).yearDay),
    Weekday: (time) => {
      const { weekday } = calendarOf(time);
      return new GoNamedInt(weekday, 'time.Weekday', WEEKDAYS[weekday] ?? null);
    },
    Unix: (time) => new GoNamedInt(unixSeconds(time), 'int64', null),
    UnixMilli: (time) => new GoNamedInt(floorDivide(time.nanos, NANOS_PER_MILLI), 'int64', null),
    UnixMicro: (time) => new GoNamedInt(floorDivide(time.nanos, NANOS_PER_MICRO), 'int64', null),
    // Of a time that is too far away the low 64 bits stay.
    UnixNano: (time) => new GoNamedInt(BigInt.asIntN(64, time.nanos), 'int64', null),
    UTC: (time) => new GoTime(time.nanos, null),
    IsDST: () => false,
    IsZero: (time) => time.nanos === ZERO_TIME,
    String: timeString,
    GoString: timeGoString,
  }),
);

/** Methods whose parameter is another time. */
const COMPARISONS: ReadonlyMap<string, (time: bigint, other: bigint) => GoConcrete> = new Map(
  Object.entries<(time: bigint, other: bigint) => GoConcrete>({
    After: (time, other) => time > other,
    Before: (time, other) => time < other,
    Equal: (time, other) => time === other,
    Compare: (time, other) => new GoInt(time < other ? -1 : time > other ? 1 : 0),
  }),
);

/** Methods without parameters that give several values. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['Date', 'function Date has 3 return values; should be 1 or 2'],
  ['Clock', 'function Clock has 3 return values; should be 1 or 2'],
  ['ISOWeek', 'invalid function signature for ISOWeek: second return value should be error; is int'],
  ['Zone', 'invalid function signature for Zone: second return value should be error; is int'],
  ['ZoneBounds', 'invalid function signature for ZoneBounds: second return value should be error; is time.Time'],
]);

export function timeMethod(time: GoTime, name: string): Method | null {
  if (name === 'Format') {
    return { parameters: ['string'], call: (values) => formatTime(time, stringAt(values, 0)), refusal: null };
  }
  const comparison = COMPARISONS.get(name);
  if (comparison !== undefined) {
    return {
      parameters: ['time.Time'],
      call: (values) => comparison(time.nanos, timeAt(values, 0).nanos),
      refusal: null,
    };
  }
  const refusal = REFUSED.get(name);
  if (refusal !== undefined) return { ...simple(() => false), refusal };
  const method = PLAIN.get(name);
  return method === undefined ? null : simple(() => method(time));
}

/** An argument that `convert` has passed as a time. */
function timeAt(values: readonly Reflected[], index: number): GoTime {
  const value = values[index];
  if (!(value instanceof GoTime)) throw new TypeError(`argument ${index} passed as time.Time is none`);
  return value;
}

function floorDivide(value: bigint, by: bigint): bigint {
  return value % by < 0n ? value / by - 1n : value / by;
}
