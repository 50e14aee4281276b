// What an unquoted scalar is: yaml.v3's rules, which mix YAML 1.1 and 1.2 (017 is 15, yes is a text, 1e3 is a float).
import { Buffer } from 'node:buffer';
import { parseFloat64, parseInt64, parseUint64 } from '../go/number-syntax.ts';
import { decodeText } from '../go/text.ts';
import { GoInt, GoUint64, type GoTime } from '../go/values.ts';
import { YamlError } from './error.ts';
import type { ScalarNode } from './node.ts';
import { parseTimestamp } from './timestamp.ts';

export type Scalar = null | boolean | string | number | GoInt | GoUint64 | GoTime;

interface Resolved {
  readonly tag: string;
  readonly value: Scalar;
}

/** Tags whose text is looked at. A value with any other tag stays a text. */
const RESOLVABLE: ReadonlySet<string> = new Set(['!!str', '!!bool', '!!int', '!!float', '!!null', '!!timestamp']);
const WORDS: ReadonlyMap<string, Resolved> = new Map(
  (
    [
      ['!!bool', true, ['true', 'True', 'TRUE']],
      ['!!bool', false, ['false', 'False', 'FALSE']],
      ['!!null', null, ['', '~', 'null', 'Null', 'NULL']],
      ['!!float', NaN, ['.nan', '.NaN', '.NAN']],
      ['!!float', Infinity, ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF']],
      ['!!float', -Infinity, ['-.inf', '-.Inf', '-.INF']],
    ] as const
  ).flatMap(([tag, value, words]) => words.map((word) => [word, { tag, value }] as const)),
);
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MAX_INT64 = (1n << 63n) - 1n;
const MAX_UINT64 = (1n << 64n) - 1n;

/** The tag that an untagged plain scalar gets. */
export function resolveTag(text: string): string {
  return resolved(text, '').tag;
}

/** The value of a scalar under its tag. Throws a YamlError when the text does not fit the tag. */
export function scalarValue(node: ScalarNode): Scalar {
  const { tag, value: text } = node;
  if (tag === '!!str') return text;
  if (tag === '!!binary') return decodeBinary(node);
  if (!RESOLVABLE.has(tag)) return text;
  const found = resolved(text, tag);
  if (found.tag === tag) return found.value;
  if (tag === '!!float' && found.value instanceof GoInt) return Number(found.value.value);
  throw new YamlError(`cannot decode ${found.tag} \`${text}\` as a ${tag}`, node.mark);
}

function decodeBinary(node: ScalarNode): string {
  const base64 = node.value.replace(/[\r\n]/g, '');
  if (!BASE64.test(base64)) throw new YamlError('!!binary value contains invalid base64 data', node.mark);
  return decodeText(Buffer.from(base64, 'base64'));
}

/** `tag` is '' for none: only then, or when asked for by name, is a date a date. */
function resolved(text: string, tag: string): Resolved {
  return WORDS.get(text) ?? resolvedNumber(text, tag) ?? { tag: '!!str', value: text };
}

function resolvedNumber(text: string, tag: string): Resolved | null {
  const first = text.charAt(0);
  if (first === '.') return floatOrNull(text);
  if (!/[0-9+-]/.test(first)) return null;
  const time = tag === '' || tag === '!!timestamp' ? parseTimestamp(text) : null;
  if (time !== null) return { tag: '!!timestamp', value: time };
  const plain = text.replaceAll('_', '');
  const signed = parseInt64(plain);
  if (signed !== null) return { tag: '!!int', value: new GoInt(signed) };
  const unsigned = parseUint64(plain);
  if (unsigned !== null) return { tag: '!!int', value: new GoUint64(unsigned) };
  return (FLOAT.test(plain) ? floatOrNull(plain) : null) ?? signedAfterPrefix(plain);
}

function floatOrNull(text: string): Resolved | null {
  const value = parseFloat64(text);
  return value === null ? null : { tag: '!!float', value };
}

/** "0b-101" and "0o+7": the rest after the prefix is read as a number of its own, so its sign counts. */
function signedAfterPrefix(plain: string): Resolved | null {
  const match = /^0([bo])([+-])([0-7]+)$/.exec(plain);
  if (match === null) return null;
  const [, letter = '', sign = '', digits = ''] = match;
  if (letter === 'b' && /[2-7]/.test(digits)) return null;
  const magnitude = BigInt(`0${letter}${digits.replace(/^0+(?=.)/, '')}`);
  if (magnitude > MAX_UINT64 || magnitude > MAX_INT64 + (sign === '-' ? 1n : 0n)) return null;
  return { tag: '!!int', value: new GoInt(sign === '-' ? -magnitude : magnitude) };
}
