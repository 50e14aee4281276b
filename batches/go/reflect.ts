// What Go's `reflect` knows about a value: its kind and the name of its type. Beside the values of ./values.ts stand the
// ones that only templates meet: fields of structs, bytes, complex constants, and the interface that an element of a
// list or map is typed as.
import { compareText, sortedTexts } from './text-bytes.ts';
import { GoAnyMap, GoInt, GoNilMap, GoStrings, GoTime, GoUint64, type GoValue } from './values.ts';

const NANOS = 1_000_000_000n;

/** `complex128`. */
export class GoComplex {
  readonly re: number;
  readonly im: number;
  constructor(re: number, im: number) {
    this.re = re;
    this.im = im;
  }
}

/** `uint8`: a byte of a string or of `[]byte`. */
export class GoByte {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** `[]byte`; null is the nil slice. */
export class GoBytes {
  readonly bytes: Uint8Array | null;
  constructor(bytes: Uint8Array | null) {
    this.bytes = bytes;
  }
}

/** An integer of a type other than int, such as `time.Month`; `label` is what its String method gives, null without one. */
export class GoNamedInt extends GoInt {
  readonly typeName: string;
  readonly label: string | null;
  constructor(value: bigint | number, typeName: string, label: string | null) {
    super(value);
    this.typeName = typeName;
    this.label = label;
  }
}

/** A `[]string` type with a name and a String method that joins with spaces. */
export class GoPathList extends GoStrings {
  readonly typeName: string;
  constructor(items: readonly string[] | null, typeName: string) {
    super(items);
    this.typeName = typeName;
  }
  override toString(): string {
    return (this.items ?? []).join(' ');
  }
}

export interface GoStructType {
  readonly name: string;
  readonly fields: readonly string[];
  /** Whether `==` is defined: no field is a slice or a map. */
  readonly comparable: boolean;
  /** Methods that templates can call. Each takes no argument. */
  readonly methods: ReadonlyMap<string, (struct: GoStruct) => GoConcrete>;
}

/** A struct; the values stand in the order of the type's fields. They are made when first asked for: few templates look. */
export class GoStruct {
  readonly type: GoStructType;
  readonly #make: () => readonly GoConcrete[];
  #values: readonly GoConcrete[] | null = null;
  constructor(type: GoStructType, make: () => readonly GoConcrete[]) {
    this.type = type;
    this.#make = make;
  }
  get values(): readonly GoConcrete[] {
    this.#values ??= this.#make();
    return this.#values;
  }
}

/** A pointer to a struct, never nil. */
export class GoPointer {
  readonly target: GoStruct;
  constructor(target: GoStruct) {
    this.target = target;
  }
}

/** A value whose static type is `interface {}`: the elements of `[]any` and of maps. `content` null is the nil interface. */
export class GoInterface {
  readonly content: GoConcrete | null;
  constructor(content: GoConcrete | null) {
    this.content = content;
  }
}

export type GoConcrete = Exclude<GoValue, null> | GoComplex | GoByte | GoBytes | GoStruct | GoPointer;

/** A `reflect.Value`; null is the invalid one, which stands for untyped nil. */
export type Reflected = GoConcrete | GoInterface | null;

export type Kind =
  | 'invalid'
  | 'bool'
  | 'int'
  | 'uint'
  | 'float'
  | 'complex'
  | 'string'
  | 'slice'
  | 'map'
  | 'struct'
  | 'pointer'
  | 'interface';

export function kindOf(value: Reflected): Kind {
  if (value === null) return 'invalid';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'number' ? 'float' : kindOfObject(value);
}

function kindOfObject(value: Exclude<Reflected, null | string | boolean | number>): Kind {
  if (value instanceof Map || value instanceof GoAnyMap || value instanceof GoNilMap) return 'map';
  if (Array.isArray(value) || value instanceof GoStrings || value instanceof GoBytes) return 'slice';
  if (value instanceof GoInterface) return 'interface';
  if (value instanceof GoInt) return 'int';
  if (value instanceof GoUint64 || value instanceof GoByte) return 'uint';
  if (value instanceof GoPointer) return 'pointer';
  if (value instanceof GoComplex) return 'complex';
  return 'struct';
}

/** The type's name as `%T` prints it. */
export function typeNameOf(value: Reflected): string {
  if (value === null) return '<nil>';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'float64';
  if (value instanceof GoNamedInt || value instanceof GoPathList) return value.typeName;
  if (value instanceof GoInt) return 'int';
  if (value instanceof GoUint64) return 'uint64';
  if (value instanceof GoByte) return 'uint8';
  if (value instanceof GoComplex) return 'complex128';
  if (value instanceof GoTime) return 'time.Time';
  if (value instanceof GoStrings) return '[]string';
  if (value instanceof GoBytes) return '[]uint8';
  if (value instanceof GoAnyMap) return 'map[interface {}]interface {}';
  if (value instanceof GoStruct) return value.type.name;
  if (value instanceof GoPointer) return `*${value.target.type.name}`;
  if (value instanceof GoInterface) return 'interface {}';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

/** What an interface holds; any other value is itself (`indirectInterface` of text/template). */
export function contentOf(value: Reflected): GoConcrete | null {
  return value instanceof GoInterface ? value.content : value;
}

/** Length of a string-free container; `lengthOf` of text/template handles strings, whose length is in bytes. */
export function elementCount(value: GoConcrete): number {
  if (value instanceof Map) return (value as ReadonlyMap<string, GoValue>).size;
  if (value instanceof GoStrings) return value.items?.length ?? 0;
  if (value instanceof GoBytes) return value.bytes?.length ?? 0;
  if (value instanceof GoAnyMap) return value.entries.length;
  return Array.isArray(value) ? value.length : 0;
}

/** The element of a slice, typed as Go types it: elements of `[]any` are interfaces. */
export function elementAt(slice: GoConcrete, index: number): Reflected {
  if (slice instanceof GoStrings) return slice.items?.[index] ?? '';
  if (slice instanceof GoBytes) return new GoByte(slice.bytes?.[index] ?? 0);
  return new GoInterface((slice as readonly GoValue[])[index] ?? null);
}

/** Entries of a map in the order in which `range` and printing go through it (internal/fmtsort). */
export function sortedEntries(map: GoConcrete): [Reflected, GoInterface][] {
  if (map instanceof GoAnyMap) {
    return [...map.entries]
      .sort(([a], [b]) => compareKeys(a, b))
      .map(([key, value]) => [new GoInterface(key), new GoInterface(value)]);
  }
  if (!(map instanceof Map)) return [];
  const entries = map as ReadonlyMap<string, GoValue>;
  return sortedTexts(entries.keys()).map((key) => [key, new GoInterface(entries.get(key) ?? null)]);
}

// Keys of different types are ordered by the address of their type, which is fixed when the program is linked. This is
// the order in the reference's binary.
const KEY_TYPE_ORDER = ['<nil>', 'string', 'uint64', 'int', 'float64', 'bool', 'time.Time'];

function compareKeys(a: GoValue, b: GoValue): number {
  const byType = KEY_TYPE_ORDER.indexOf(typeNameOf(a)) - KEY_TYPE_ORDER.indexOf(typeNameOf(b));
  if (byType !== 0) return byType;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  const [left, right] = [orderable(a), orderable(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** NaN orders before every other float. */
function orderable(key: GoValue): number | bigint {
  if (typeof key === 'number') return Number.isNaN(key) ? -Infinity : key;
  if (key instanceof GoInt || key instanceof GoUint64) return key.value;
  if (key instanceof GoTime) return timeOrder(key.nanos);
  return key === true ? 1 : 0;
}

/** A time is compared field by field, and its nanoseconds within the second are the first field. */
function timeOrder(nanos: bigint): bigint {
  const withinSecond = ((nanos % NANOS) + NANOS) % NANOS;
  return (withinSecond << 80n) + (nanos - withinSecond) / NANOS;
}
