// Go types as encoding/json sees them: how a value is read over an older one, written, and when `omitempty` drops it.
import { encodeValue, encodeString } from './json-encode.ts';
import { valueOfNode } from './json-decode.ts';
import { decodeErrorText, type JsonDecodeError } from './json-error.ts';
import type { JsonNode } from './json-node.ts';
import { parseJson } from './json-parse.ts';
import { DecodeAbort, DecodeState } from './json-state.ts';
import { compareText } from './text-bytes.ts';
import type { GoValue } from './values.ts';

export interface GoType<T> {
  /** As Go's reflection prints it; error texts name it. */
  readonly name: string;
  readonly zero: T;
  /** Reads `node` into a variable that holds `previous`: repeated names in one object decode over each other. */
  decode(node: JsonNode, previous: T, state: DecodeState): T;
  /** Throws JsonEncodeError. */
  encode(value: T): string;
  isEmpty(value: T): boolean;
}

export type Unmarshalled<T> =
  { readonly kind: 'unmarshalled'; readonly value: T } | { readonly kind: 'error'; readonly message: string };

/** `json.Unmarshal` into a fresh variable. */
export function unmarshal<T>(type: GoType<T>, text: string): Unmarshalled<T> {
  const parsed = parseJson(text, 'whole');
  if (parsed.kind === 'error') return parsed;
  const result = unmarshalNode(type, parsed.node, text);
  return 'error' in result
    ? { kind: 'error', message: decodeErrorText(result.error) }
    : { kind: 'unmarshalled', ...result };
}

/** The same for a part of a text, as an UnmarshalJSON method does with the bytes it is given. */
export function unmarshalNode<T>(
  type: GoType<T>,
  node: JsonNode,
  source: string,
): { readonly value: T } | { readonly error: JsonDecodeError } {
  const state = new DecodeState(source);
  try {
    const value = type.decode(node, type.zero, state);
    return state.firstError === null ? { value } : { error: state.firstError };
  } catch (error) {
    if (error instanceof DecodeAbort) return { error: error.reason };
    throw error;
  }
}

export const stringType: GoType<string> = namedString('string');

export function namedString(name: string): GoType<string> {
  return {
    name,
    zero: '',
    decode(node, previous, state) {
      if (node.kind === 'string') return node.value;
      if (node.kind !== 'null') state.wrongType(node.kind, name);
      return previous;
    },
    encode: encodeString,
    isEmpty: (value) => value === '',
  };
}

export const boolType: GoType<boolean> = {
  name: 'bool',
  zero: false,
  decode(node, previous, state) {
    if (node.kind === 'bool') return node.value;
    if (node.kind !== 'null') state.wrongType(node.kind, 'bool');
    return previous;
  },
  encode: String,
  isEmpty: (value) => !value,
};

/** Go's int; numbers beyond 2^53, which no field of these types means, lose digits but for the two ends of the range. */
export const intType: GoType<number> = {
  name: 'int',
  zero: 0,
  decode(node, previous, state) {
    if (node.kind === 'null') return previous;
    if (node.kind !== 'number') {
      state.wrongType(node.kind, 'int');
      return previous;
    }
    if (isInt64(node.digits)) return Number(node.digits) + 0;
    state.wrongType(`number ${node.digits}`, 'int');
    return previous;
  },
  encode: (value) => (Number.isSafeInteger(value) ? String(value) : clampToInt64(BigInt(value)).toString()),
  isEmpty: (value) => value === 0,
};

function clampToInt64(value: bigint): bigint {
  const limit = 1n << 63n;
  return value >= limit ? limit - 1n : value < -limit ? -limit : value;
}

export function isInt64(digits: string): boolean {
  return /^[+-]?\d+$/.test(digits) && digits.length < 40 && BigInt.asIntN(64, BigInt(digits)) === BigInt(digits);
}

export const anyType: GoType<GoValue> = {
  name: 'interface {}',
  zero: null,
  decode: (node, _previous, state) =>
    valueOfNode(node, (digits) => {
      state.wrongType(`number ${digits}`, 'float64');
    }),
  encode: encodeValue,
  isEmpty: (value) => value === null,
};

/** A pointer to a struct: null is nil. */
export function pointerTo<T>(type: GoType<T>): GoType<T | null> {
  return {
    name: `*${type.name}`,
    zero: null,
    decode: (node, previous, state) => (node.kind === 'null' ? null : type.decode(node, previous ?? type.zero, state)),
    encode: (value) => (value === null ? 'null' : type.encode(value)),
    isEmpty: (value) => value === null,
  };
}

export function sliceOf<T>(type: GoType<T>): GoType<readonly T[] | null> {
  const name = `[]${type.name}`;
  return {
    name,
    zero: null,
    decode(node, previous, state) {
      if (node.kind === 'null') return null;
      if (node.kind === 'array') {
        return node.items.map((item, index) => type.decode(item, previous?.[index] ?? type.zero, state));
      }
      state.wrongType(node.kind, name);
      return previous;
    },
    encode: (value) => (value === null ? 'null' : `[${value.map((item) => type.encode(item)).join(',')}]`),
    isEmpty: (value) => value === null || value.length === 0,
  };
}

export function mapOf<T>(type: GoType<T>, name = `map[string]${type.name}`): GoType<ReadonlyMap<string, T> | null> {
  return {
    name,
    zero: null,
    decode(node, previous, state) {
      if (node.kind === 'null') return null;
      if (node.kind !== 'object') {
        state.wrongType(node.kind, name);
        return previous;
      }
      const map = new Map(previous);
      for (const [key, value] of node.members) map.set(key, type.decode(value, type.zero, state));
      return map;
    },
    encode(value) {
      if (value === null) return 'null';
      const members = [...value].sort(([a], [b]) => compareText(a, b));
      return `{${members.map(([key, item]) => `${encodeString(key)}:${type.encode(item)}`).join(',')}}`;
    },
    isEmpty: (value) => value === null || value.size === 0,
  };
}

/** A type with its own MarshalJSON and UnmarshalJSON. `read` gets the node and the text it is of. */
export function customType<T>(options: {
  readonly name: string;
  readonly zero: T;
  read(node: JsonNode, source: string, previous: T): { readonly value: T } | { readonly error: JsonDecodeError };
  encode(value: T): string;
}): GoType<T> {
  return {
    name: options.name,
    zero: options.zero,
    decode(node, previous, state) {
      const result = options.read(node, state.source, previous);
      return 'error' in result ? state.abort(result.error) : result.value;
    },
    encode: (value) => options.encode(value),
    isEmpty: () => false, // omitempty never drops a struct
  };
}
