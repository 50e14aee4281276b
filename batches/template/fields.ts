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
import { GoAnyMap, GoNilMap, GoTime, type GoValue } from '#batches/go/values.ts';
import { simple, type Method } from './method.ts';
import { timeMethod } from './time-methods.ts';

/** `error`: a format and its operands. */
export type Member =
  | { readonly kind: 'method'; readonly method: Method }
  | { readonly kind: 'field'; readonly value: GoConcrete }
  | { readonly kind: 'entry'; readonly value: GoInterface | null }
  | { readonly kind: 'error'; readonly format: string; readonly operands: readonly string[] };

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
