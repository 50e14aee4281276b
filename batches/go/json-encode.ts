// Go's json.Marshal for the values of batch specs: its escapes, its numbers, map keys sorted by their bytes.
import { JsonEncodeError } from './json-error.ts';
import { timeJson } from './json-time.ts';
import { compareText } from './text-bytes.ts';
import { GoAnyMap, GoInt, GoNilMap, GoStrings, GoTime, GoUint64, type GoValue } from './values.ts';

export type EncodedJson =
  | { readonly kind: 'encoded'; readonly text: string }
  /** Go's error text, like `json: unsupported value: NaN`. */
  | { readonly kind: 'error'; readonly message: string };

/** `json.Marshal(value)`. */
export function goJson(value: GoValue): EncodedJson {
  return encoded(() => encodeValue(value));
}

/** Turns the exception that the encoders use among themselves into data. */
export function encoded(encode: () => string): EncodedJson {
  try {
    return { kind: 'encoded', text: encode() };
  } catch (error) {
    if (error instanceof JsonEncodeError) return { kind: 'error', message: error.message };
    throw error;
  }
}

/** What goes wrong in a type's own MarshalJSON names the type. Throws JsonEncodeError. */
export function inMarshalJson(type: string, encode: () => string): string {
  const result = encoded(encode);
  if (result.kind === 'encoded') return result.text;
  throw new JsonEncodeError(`json: error calling MarshalJSON for type ${type}: ${result.message}`);
}

/** Texts that need no escapes at all. */
const PLAIN = /^[ !#-%'-;=?-[\]-~]*$/;
const NOT_IN_HTML = /[<>&\u2028\u2029]/g;
const ESCAPED: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** A text as a JSON string, safe inside of HTML. A byte that is not UTF-8 is written as the six characters `\ufffd`. */
export function encodeString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  const sound = text.isWellFormed() ? JSON.stringify(text).slice(1, -1) : encodeBroken(text);
  return `"${sound.replace(NOT_IN_HTML, (char) => ESCAPED[char] ?? char)}"`;
}

function encodeBroken(text: string): string {
  return text
    .split(/[\ud800-\udfff]/u)
    .map((part) => JSON.stringify(part).slice(1, -1))
    .join('\\ufffd');
}

/** JavaScript writes floats as Go does here (both follow ES6), but for -0. Throws JsonEncodeError. */
export function encodeFloat(value: number): string {
  if (!Number.isFinite(value)) {
    const name = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
    throw new JsonEncodeError(`json: unsupported value: ${name}`);
  }
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A list or map that is being written. */
interface Frame {
  /** Written before each value; empty in a list. */
  readonly keys: readonly string[] | null;
  readonly values: readonly GoValue[];
  next: number;
}

/** Throws JsonEncodeError. Without recursion: values may nest as deep as JSON allows. */
export function encodeValue(value: GoValue): string {
  let out = '';
  const open: Frame[] = [];
  let current = value;
  for (;;) {
    const frame = openFrame(current);
    if (frame === null) {
      out += encodeScalar(current);
    } else {
      out += frame.keys === null ? '[' : '{';
      open.push(frame);
    }
    let top = open.at(-1);
    while (top !== undefined && top.next === top.values.length) {
      out += top.keys === null ? ']' : '}';
      open.pop();
      top = open.at(-1);
    }
    if (top === undefined) return out;
    if (top.next > 0) out += ',';
    out += top.keys?.[top.next] ?? '';
    current = top.values[top.next] ?? null;
    top.next += 1;
  }
}

function openFrame(value: GoValue): Frame | null {
  if (typeof value !== 'object' || value === null) return null;
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, GoValue>)];
    if (members.length > 1) members.sort(([a], [b]) => compareText(a, b));
    return {
      keys: members.map(([key]) => `${encodeString(key)}:`),
      values: members.map(([, member]) => member),
      next: 0,
    };
  }
  if (Array.isArray(value)) return { keys: null, values: value as readonly GoValue[], next: 0 };
  if (value instanceof GoStrings && value.items !== null) return { keys: null, values: value.items, next: 0 };
  return null;
}

function encodeScalar(value: GoValue): string {
  if (value === null || value instanceof GoNilMap || value instanceof GoStrings) return 'null';
  if (typeof value === 'string') return encodeString(value);
  if (typeof value === 'number') return encodeFloat(value);
  if (typeof value === 'boolean') return String(value);
  if (value instanceof GoInt || value instanceof GoUint64) return value.value.toString();
  if (value instanceof GoTime) return timeJson(value);
  if (value instanceof GoAnyMap) throw new JsonEncodeError('json: unsupported type: map[interface {}]interface {}');
  throw new Error('lists and maps are no scalars');
}
