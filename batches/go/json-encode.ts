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

const ESCAPED: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** A text as a JSON string, safe inside of HTML. A byte that is not UTF-8 is written as the six characters `\ufffd`. */
export function encodeString(text: string): string {
  const sound = /[\ud800-\udfff]/u.test(text) ? text.split(/[\ud800-\udfff]/u) : [text];
  const escaped = sound.map((part) => JSON.stringify(part).slice(1, -1)).join('\\ufffd');
  return `"${/[<>&\u2028\u2029]/.test(escaped) ? escaped.replace(/[<>&\u2028\u2029]/g, (char) => ESCAPED[char] ?? char) : escaped}"`;
}

/** JavaScript writes floats as Go does here (both follow ES6), but for -0. Throws JsonEncodeError. */
export function encodeFloat(value: number): string {
  if (!Number.isFinite(value)) {
    const name = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
    throw new JsonEncodeError(`json: unsupported value: ${name}`);
  }
  return Object.is(value, -0) ? '-0' : String(value);
}

interface Frame {
  readonly children: Iterator<readonly [string, GoValue]>;
  readonly end: string;
  started: boolean;
}

/** Throws JsonEncodeError. Without recursion: values may nest as deep as JSON allows. */
export function encodeValue(value: GoValue): string {
  const out: string[] = [];
  const open: Frame[] = [];
  let current: GoValue = value;
  for (;;) {
    const frame = openFrame(current);
    if (frame === null) {
      out.push(encodeScalar(current));
    } else {
      out.push(frame.end === ']' ? '[' : '{');
      open.push(frame);
    }
    for (;;) {
      const top = open.at(-1);
      if (top === undefined) return out.join('');
      const next = top.children.next();
      if (next.done !== true) {
        const [prefix, child] = next.value;
        out.push(top.started ? `,${prefix}` : prefix);
        top.started = true;
        current = child;
        break;
      }
      out.push(top.end);
      open.pop();
    }
  }
}

function openFrame(value: GoValue): Frame | null {
  if (value instanceof Map) {
    return { children: membersOf(value as ReadonlyMap<string, GoValue>), end: '}', started: false };
  }
  if (Array.isArray(value)) return { children: itemsOf(value as readonly GoValue[]), end: ']', started: false };
  if (value instanceof GoStrings && value.items !== null) {
    return { children: itemsOf(value.items), end: ']', started: false };
  }
  return null;
}

function* membersOf(map: ReadonlyMap<string, GoValue>): Generator<readonly [string, GoValue]> {
  const members = [...map].sort(([a], [b]) => compareText(a, b));
  for (const [key, value] of members) yield [`${encodeString(key)}:`, value];
}

function* itemsOf(items: readonly GoValue[]): Generator<readonly [string, GoValue]> {
  for (const item of items) yield ['', item];
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
