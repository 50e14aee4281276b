// Go's quoted literals both ways (`strconv.Quote`, `strconv.Unquote` and their kin): `%q`, template string literals, and
// every error text that names something.
import { decodeText, encodeText, hasBrokenBytes } from './text.ts';
import { isPrint } from './unicode.ts';

const MAX_RUNE = 0x10ffff;
const RUNE_ERROR = 0xfffd;
const BACKSLASHED: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
  [0x0b, '\\v'],
]);
const ESCAPES: ReadonlyMap<string, number> = new Map([
  ...[...BACKSLASHED].map(([rune, escape]) => [escape.slice(1), rune] as const),
  ['\\', 0x5c],
]);
const PLAIN = /^[ !#-[\]-~]*$/; // printable ASCII without " and \

/** `strconv.Quote`; with `asciiOnly` `strconv.QuoteToASCII`. */
export function quote(text: string, asciiOnly = false): string {
  if (PLAIN.test(text)) return `"${text}"`;
  let quoted = '"';
  for (const character of text) {
    const rune = character.codePointAt(0) ?? 0;
    quoted += isLoneByte(rune) ? `\\x${hex(rune - 0xdc00, 2)}` : escapedRune(rune, '"', asciiOnly);
  }
  return `${quoted}"`;
}

/** `strconv.QuoteRune`; with `asciiOnly` `strconv.QuoteRuneToASCII`. What is no rune is quoted as U+FFFD. */
export function quoteRune(rune: number, asciiOnly = false): string {
  return `'${escapedRune(isValidRune(rune) ? rune : RUNE_ERROR, "'", asciiOnly)}'`;
}

/** `utf8.ValidRune`. */
export function isValidRune(rune: number): boolean {
  return rune >= 0 && rune <= MAX_RUNE && (rune < 0xd800 || rune > 0xdfff);
}

/** `strconv.CanBackquote`: whether the text can stand between back quotes unchanged. */
export function canBackquote(text: string): boolean {
  return !/[\0-\x08\x0a-\x1f\x7f`\ufeff]/.test(text) && !hasBrokenBytes(text);
}

/** `strconv.Unquote` of a literal in double, back or single quotes; null where Go says `invalid syntax`. */
export function unquote(literal: string): string | null {
  const mark = literal[0];
  if (literal.length < 2 || literal[literal.length - 1] !== mark) return null;
  const body = literal.slice(1, -1);
  if (mark === '`') return body.includes('`') ? null : body.replaceAll('\r', '');
  if (mark !== '"' && mark !== "'") return null;
  if (mark === '"' && !/["\\\n]/.test(body) && !hasBrokenBytes(body)) return body;
  let text = '';
  let at = 0;
  let brokenBytes = false;
  while (at < body.length) {
    if (body[at] === '\n') return null;
    const character = unquoteCharacter(body, at, mark);
    if (character === null) return null;
    at = character.next;
    text += character.isByte ? loneByteOrAscii(character.value) : String.fromCodePoint(character.value);
    brokenBytes ||= character.isByte && character.value >= 0x80;
    if (mark === "'") break;
  }
  if (at !== body.length) return null;
  return brokenBytes ? decodeText(encodeText(text)) : text;
}

export interface UnquotedCharacter {
  readonly value: number;
  /** Written as a byte (\xff, \377): stands for that byte and not for the rune of that number. */
  readonly isByte: boolean;
  readonly next: number;
}

/** `strconv.UnquoteChar` at `at`; null where Go says `invalid syntax`. */
export function unquoteCharacter(text: string, at: number, mark: string): UnquotedCharacter | null {
  const first = text.codePointAt(at);
  if (first === undefined || text[at] === mark) return null;
  if (first !== 0x5c) {
    // A byte that is not valid UTF-8 is read as U+FFFD, and stays that in the literal's value.
    return { value: isLoneByte(first) ? RUNE_ERROR : first, isByte: false, next: at + (first > 0xffff ? 2 : 1) };
  }
  const kind = text[at + 1] ?? '';
  const named = ESCAPES.get(kind);
  if (named !== undefined) return { value: named, isByte: true, next: at + 2 };
  switch (kind) {
    case 'x':
      return numbered(text, at + 2, 2, 16, 0xff, true);
    case 'u':
      return numbered(text, at + 2, 4, 16, MAX_RUNE, false);
    case 'U':
      return numbered(text, at + 2, 8, 16, MAX_RUNE, false);
    default:
      if (kind === mark) return { value: mark.charCodeAt(0), isByte: true, next: at + 2 };
      return numbered(text, at + 1, 3, 8, 0xff, true);
  }
}

function numbered(
  text: string,
  at: number,
  digits: number,
  base: 8 | 16,
  max: number,
  isByte: boolean,
): UnquotedCharacter | null {
  const number = text.slice(at, at + digits);
  if (number.length < digits || !(base === 8 ? /^[0-7]+$/ : /^[0-9a-fA-F]+$/).test(number)) return null;
  const value = Number.parseInt(number, base);
  if (value > max || (!isByte && !isValidRune(value))) return null;
  return { value, isByte, next: at + digits };
}

function loneByteOrAscii(byte: number): string {
  return String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte);
}

function isLoneByte(rune: number): boolean {
  return rune >= 0xdc80 && rune <= 0xdcff;
}

function escapedRune(rune: number, mark: string, asciiOnly: boolean): string {
  if (rune === mark.charCodeAt(0) || rune === 0x5c) return `\\${String.fromCharCode(rune)}`;
  if ((asciiOnly ? rune < 0x80 : true) && isPrint(rune)) return String.fromCodePoint(rune);
  const named = BACKSLASHED.get(rune);
  if (named !== undefined) return named;
  if (rune < 0x20 || rune === 0x7f) return `\\x${hex(rune, 2)}`;
  return rune < 0x10000 ? `\\u${hex(rune, 4)}` : `\\U${hex(rune, 8)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
