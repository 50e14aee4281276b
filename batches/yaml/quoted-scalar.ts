// Single- and double-quoted scalars.
import { hexValue, isBlank, isBlankBreakOrEnd, isBreak } from './characters.ts';
import type { Cursor } from './cursor.ts';
import { scannerError, type Mark } from './error.ts';
import { LineFolder } from './line-folder.ts';
import type { Token } from './tokens.ts';

const SINGLE_QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\x07'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\x1b'],
  [' ', ' '],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['N', '\x85'],
  ['_', '\xa0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
]);
const CODE_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

export function scanQuotedScalar(cursor: Cursor): Token {
  const start = cursor.mark();
  const quote = cursor.peek();
  cursor.skip();
  const parts: string[] = [];
  const folder = new LineFolder();
  for (;;) {
    if (cursor.atDocumentIndicator()) {
      throw scannerError('found unexpected document indicator', start, cursor.mark());
    }
    if (cursor.atEnd()) throw scannerError('found unexpected end of stream', start, cursor.mark());
    scanWord(cursor, quote, parts, folder, start);
    if (cursor.peek() === quote) break;
    while (isBlank(cursor.peek()) || isBreak(cursor.peek())) folder.consume(cursor);
    parts.push(folder.take());
  }
  cursor.skip();
  return { type: 'scalar', value: parts.join(''), style: 'quoted', start, end: cursor.mark() };
}

/** Up to the next blank, break, end, or closing quote. */
function scanWord(cursor: Cursor, quote: number, parts: string[], folder: LineFolder, start: Mark): void {
  for (;;) {
    const from = cursor.position;
    while (isOrdinary(cursor.peek(), quote)) cursor.skip();
    parts.push(cursor.textFrom(from));
    const unit = cursor.peek();
    if (quote === SINGLE_QUOTE && unit === SINGLE_QUOTE && cursor.peek(1) === SINGLE_QUOTE) {
      parts.push("'");
      cursor.skip();
      cursor.skip();
    } else if (quote === DOUBLE_QUOTE && unit === BACKSLASH) {
      if (isBreak(cursor.peek(1))) {
        cursor.skip();
        cursor.skipLine();
        folder.escapeBreak();
        return;
      }
      parts.push(scanEscape(cursor, start));
    } else {
      return;
    }
  }
}

function isOrdinary(unit: number, quote: number): boolean {
  return unit !== quote && !(quote === DOUBLE_QUOTE && unit === BACKSLASH) && !isBlankBreakOrEnd(unit);
}

function scanEscape(cursor: Cursor, start: Mark): string {
  const letter = String.fromCharCode(cursor.peek(1));
  const text = ESCAPES.get(letter);
  const length = CODE_LENGTHS.get(letter);
  if (text === undefined && length === undefined) {
    throw scannerError('found unknown escape character', start, cursor.mark());
  }
  cursor.skip();
  cursor.skip();
  return text ?? scanCode(cursor, length ?? 0, start);
}

function scanCode(cursor: Cursor, length: number, start: Mark): string {
  let code = 0;
  for (let i = 0; i < length; i++) {
    const digit = hexValue(cursor.peek(i));
    if (digit === -1) throw scannerError('did not find expected hexdecimal number', start, cursor.mark());
    code = code * 16 + digit;
  }
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
    throw scannerError('found invalid Unicode character escape code', start, cursor.mark());
  }
  for (let i = 0; i < length; i++) cursor.skip();
  return String.fromCodePoint(code);
}
