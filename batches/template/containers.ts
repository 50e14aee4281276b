// index, slice and len (Go: text/template/funcs.go), with the texts of reflect's own panics.
import {
  contentOf,
  elementAt,
  elementCount,
  GoByte,
  GoBytes,
  GoInterface,
  GoPathList,
  GoPointer,
  GoStruct,
  kindOf,
  typeNameOf,
  type GoConcrete,
  type Reflected,
} from '#batches/go/reflect.ts';
import { byteLength, isAscii, sliceBytes } from '#batches/go/text-bytes.ts';
import { encodeText } from '#batches/go/text.ts';
import { GoAnyMap, GoInt, GoStrings, GoUint64, type GoValue } from '#batches/go/values.ts';
import { FunctionError } from './function.ts';

/** The array behind a slice that `slice` has made: slicing again may reach beyond the slice's own end. */
interface Origin {
  readonly whole: GoConcrete;
  readonly offset: number;
  readonly capacity: number;
}
const origins = new WeakMap<object, Origin>();

export function lengthOf(value: Reflected): GoInt {
  if (value === null) throw new FunctionError('reflect: call of reflect.Value.Type on zero Value');
  const content = contentOf(value);
  if (content === null) throw new FunctionError('len of nil pointer');
  if (typeof content === 'string') return new GoInt(byteLength(content));
  const kind = kindOf(content);
  if (kind === 'slice' || kind === 'map') return new GoInt(elementCount(content));
  const type = content instanceof GoPointer ? content.target.type.name : typeNameOf(content);
  throw new FunctionError(`len of type ${type}`);
}

export function indexInto(first: Reflected, indexes: readonly Reflected[]): Reflected {
  let item: Reflected = contentOf(first);
  if (item === null) throw new FunctionError('index of untyped nil');
  for (const index of indexes) {
    const content: GoConcrete | null = contentOf(item);
    if (content === null) throw new FunctionError('index of nil pointer');
    item = element(content, contentOf(index));
  }
  return item;
}

function element(item: GoConcrete, index: GoConcrete | null): Reflected {
  if (typeof item === 'string') {
    const length = byteLength(item);
    const at = indexNumber(index, length);
    if (at >= length) throw new FunctionError('reflect: string index out of range');
    return new GoByte(isAscii(item) ? item.charCodeAt(at) : (encodeText(item)[at] ?? 0));
  }
  const kind = kindOf(item);
  if (kind === 'map') return entry(item, index);
  if (kind !== 'slice') throw new FunctionError(`can't index item of type ${typeNameOf(targetOf(item))}`);
  const length = elementCount(item);
  const at = indexNumber(index, length);
  if (at >= length) throw new FunctionError('reflect: slice index out of range');
  return elementAt(item, at);
}

/** A missing key gives the zero of `interface {}`, which is nil; `missingkey` is about fields only. */
function entry(map: GoConcrete, key: GoConcrete | null): GoInterface {
  if (map instanceof GoAnyMap) return new GoInterface(anyMapEntry(map, key) ?? null);
  if (key === null) throw new FunctionError('value is nil; should be of type string');
  if (typeof key !== 'string') throw new FunctionError(`value has type ${typeNameOf(key)}; should be string`);
  return new GoInterface((map instanceof Map ? (map as ReadonlyMap<string, GoValue>).get(key) : null) ?? null);
}

/** The value under a key of the same type and value; undefined when there is none. */
export function anyMapEntry(map: GoAnyMap, key: GoConcrete | null): GoValue | undefined {
  const isUnhashable = key instanceof GoStruct ? !key.type.comparable : ['slice', 'map'].includes(kindOf(key));
  if (key !== null && isUnhashable) {
    throw new FunctionError(`runtime error: hash of unhashable type ${typeNameOf(key)}`);
  }
  return map.entries.find(([candidate]) => isSameKey(candidate, key))?.[1];
}

function isSameKey(candidate: GoValue, key: GoConcrete | null): boolean {
  if (candidate === key) return true;
  if (candidate instanceof GoInt && key instanceof GoInt) {
    return candidate.value === key.value && typeNameOf(candidate) === typeNameOf(key);
  }
  return candidate instanceof GoUint64 && key instanceof GoUint64 && candidate.value === key.value;
}

export function sliceOf(first: Reflected, indexes: readonly Reflected[]): Reflected {
  const item = contentOf(first);
  if (item === null) throw new FunctionError('slice of untyped nil');
  if (indexes.length > 3) throw new FunctionError(`too many slice indexes: ${indexes.length}`);
  if (typeof item === 'string') return sliceString(item, indexes);
  if (kindOf(item) !== 'slice') throw new FunctionError(`can't slice item of type ${typeNameOf(targetOf(item))}`);
  const origin = origins.get(item as object) ?? { whole: item, offset: 0, capacity: elementCount(item) };
  const [from, to, capacity] = bounds(indexes, elementCount(item), origin.capacity);
  const made = subSlice(origin.whole, origin.offset + from, origin.offset + to);
  origins.set(made as object, { whole: origin.whole, offset: origin.offset + from, capacity: capacity - from });
  return made;
}

function sliceString(text: string, indexes: readonly Reflected[]): string {
  if (indexes.length === 3) throw new FunctionError('cannot 3-index slice a string');
  const length = byteLength(text);
  const [from, to] = bounds(indexes, length, length);
  return sliceBytes(text, from, to);
}

/** item[from:to:capacity], each within the capacity and none before the one to its left. */
function bounds(indexes: readonly Reflected[], length: number, capacity: number): [number, number, number] {
  const numbers = indexes.map((index) => indexNumber(index, capacity));
  const [from = 0, to = length, end = capacity] = numbers;
  if (from > to) throw new FunctionError(`invalid slice index: ${from} > ${to}`);
  if (to > end) throw new FunctionError(`invalid slice index: ${to} > ${end}`);
  return [from, to, end];
}

function subSlice(whole: GoConcrete, from: number, to: number): GoConcrete {
  if (whole instanceof GoPathList) return new GoPathList(whole.items?.slice(from, to) ?? null, whole.typeName);
  if (whole instanceof GoStrings) return new GoStrings(whole.items?.slice(from, to) ?? null);
  if (whole instanceof GoBytes) return new GoBytes(whole.bytes?.slice(from, to) ?? null);
  return (whole as readonly GoValue[]).slice(from, to);
}

/** An index from 0 up to and including `max`. */
function indexNumber(index: Reflected, max: number): number {
  if (index === null) throw new FunctionError('cannot index slice/array with nil');
  const value =
    index instanceof GoInt
      ? index.value
      : index instanceof GoUint64
        ? BigInt.asIntN(64, index.value)
        : index instanceof GoByte
          ? BigInt(index.value)
          : null;
  if (value === null) throw new FunctionError(`cannot index slice/array with type ${typeNameOf(index)}`);
  if (value < 0n || value > BigInt(max)) throw new FunctionError(`index out of range: ${value}`);
  return Number(value);
}

/** Pointers are followed before a type is named. */
function targetOf(item: GoConcrete): GoConcrete {
  return item instanceof GoPointer ? item.target : item;
}
