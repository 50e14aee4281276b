// Methods and fields: what stands after a dot (`evalField` of Go's text/template/exec.go). Maps answer with their entries,
// structs with methods and fields; everything is looked up by name at run time, as reflection does.
import {
  GoInterface,
  GoNamedInt,
  GoPathList,
  GoPointer,
  GoStruct,
  typeNameOf,
  type GoConcrete,
  type Reflected,
} from '#batches/go/reflect.ts';
import { formatTime } from '#batches/go/time-format.ts';
import { calendarOf, MONTHS, timeString, unixSeconds, WEEKDAYS } from '#batches/go/time-text.ts';
import { GoAnyMap, GoInt, GoNilMap, GoTime, type GoValue } from '#batches/go/values.ts';
import { stringAt, type ParameterType } from './function.ts';

/** A method bound to its receiver; its arguments have been converted to its parameters' types. */
export interface Method {
  readonly parameters: readonly ParameterType[];
  readonly call: (values: readonly Reflected[]) => GoConcrete;
}

/** `error`: a format and its operands. */
export type Member =
  | { readonly kind: 'method'; readonly method: Method }
  | { readonly kind: 'field'; readonly value: GoConcrete }
  | { readonly kind: 'entry'; readonly value: GoInterface | null }
  | { readonly kind: 'error'; readonly format: string; readonly operands: readonly string[] };

const NANOS_PER_MICRO = 1000n;
const NANOS_PER_MILLI = 1_000_000n;

/** A member of what the receiver is or points to. `entry` with null: the map has no such key. */
export function memberOf(receiver: Exclude<Reflected, null>, name: string): Member {
  const target = receiver instanceof GoInterface ? receiver.content : receiver;
  if (target instanceof Map) return entryOf((target as ReadonlyMap<string, GoValue>).get(name));
  if (target instanceof GoNilMap) return entryOf(undefined);
  if (target instanceof GoAnyMap) return entryOf(target.entries.find(([key]) => key === name)?.[1]);
  if (target === null) {
    return { kind: 'error', format: 'nil pointer evaluating %s.%s', operands: ['interface {}', name] };
  }
  const method = methodOf(target, name);
  if (method !== null) return { kind: 'method', method };
  const struct = target instanceof GoPointer ? target.target : target;
  if (struct instanceof GoStruct) {
    const value = struct.values[struct.type.fields.indexOf(name)];
    if (value !== undefined) return { kind: 'field', value };
  }
  const type = typeNameOf(receiver);
  if (target instanceof GoTime && ['wall', 'ext', 'loc'].includes(name)) {
    return { kind: 'error', format: '%s is an unexported field of struct type %s', operands: [name, type] };
  }
  return { kind: 'error', format: "can't evaluate field %s in type %s", operands: [name, type] };
}

function entryOf(value: GoValue | undefined): Member {
  return { kind: 'entry', value: value === undefined ? null : new GoInterface(value) };
}

function methodOf(target: GoConcrete, name: string): Method | null {
  if (target instanceof GoTime) return timeMethod(target, name);
  if (target instanceof GoPathList) return name === 'String' ? simple(() => target.toString()) : null;
  if (target instanceof GoNamedInt && target.label !== null) {
    const { label } = target;
    return name === 'String' ? simple(() => label) : null;
  }
  const struct = target instanceof GoPointer ? target.target : target;
  if (!(struct instanceof GoStruct)) return null;
  const method = struct.type.methods.get(name);
  return method === undefined ? null : simple(() => method(struct));
}

/** A method without parameters. */
function simple(call: () => GoConcrete): Method {
  return { parameters: [], call };
}

/** Methods of time.Time without parameters that give one plain value. */
const TIME_METHODS: ReadonlyMap<string, (time: GoTime) => GoConcrete> = new Map(
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
    UnixNano: (time) => new GoNamedInt(time.nanos, 'int64', null),
    UTC: (time) => new GoTime(time.nanos, null),
    IsDST: () => false,
    String: timeString,
  }),
);

/** Beside those above only Format, whose one parameter is the layout. */
function timeMethod(time: GoTime, name: string): Method | null {
  if (name === 'Format') return { parameters: ['string'], call: (values) => formatTime(time, stringAt(values, 0)) };
  const method = TIME_METHODS.get(name);
  return method === undefined ? null : simple(() => method(time));
}

function floorDivide(value: bigint, by: bigint): bigint {
  return value % by < 0n ? value / by - 1n : value / by;
}
