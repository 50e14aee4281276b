// The Go values that a batch spec's templates and outputs can meet. Go keeps int and float64 apart and prints, compares
// and encodes them differently, so they are different here too.
//   string        text as in ./text.ts          number   float64
//   boolean       bool                          null     nil (an empty interface)
//   GoValue[]     []any                         Map      map[string]any

/** Go's `int` (64 bit), as YAML integers and `len` give. */
export class GoInt {
  readonly value: bigint;
  constructor(value: bigint | number) {
    this.value = BigInt(value);
  }
}

/** Go's `uint64`, as YAML integers above the range of int give. */
export class GoUint64 {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Go's `time.Time`, as YAML timestamps give. `nanos` since the Unix epoch; `offsetSeconds` east of UTC, null for UTC itself. */
export class GoTime {
  readonly nanos: bigint;
  readonly offsetSeconds: number | null;
  constructor(nanos: bigint, offsetSeconds: number | null) {
    this.nanos = nanos;
    this.offsetSeconds = offsetSeconds;
  }
}

/** Go's `[]string`; `items` null is the nil slice. */
export class GoStrings {
  readonly items: readonly string[] | null;
  constructor(items: readonly string[] | null) {
    this.items = items;
  }
}

/** Go's `map[any]any`, as YAML maps with keys that are not strings give. */
export class GoAnyMap {
  readonly entries: readonly (readonly [GoValue, GoValue])[];
  constructor(entries: readonly (readonly [GoValue, GoValue])[]) {
    this.entries = entries;
  }
}

/** A nil `map[string]any`. */
export class GoNilMap {
  readonly kind = 'nil-map';
}

export type GoValue =
  | null
  | boolean
  | string
  | number
  | GoInt
  | GoUint64
  | GoTime
  | GoStrings
  | GoAnyMap
  | GoNilMap
  | readonly GoValue[]
  | ReadonlyMap<string, GoValue>;
