// Anchors, aliases, tags, and the directives "%YAML" and "%TAG".
import { decodeText } from '../go/text.ts';
import { hexValue, isBlank, isBlankBreakOrEnd, isDigit, isWord } from './characters.ts';
import type { Cursor } from './cursor.ts';
import { scannerError, type Mark, type YamlError } from './error.ts';
import type { Token } from './tokens.ts';

const AFTER_ANCHOR = characterSet('?:,]}%@`');
const IN_URI = characterSet(";/?:@&=+$,.!~*'()[]%");
const EXCLAMATION = 0x21;
const PERCENT = 0x25;
const DOT = 0x2e;
const LESS = 0x3c;
const GREATER = 0x3e;
const HASH = 0x23;
const VERSION_DIGITS_MAX = 2;

function characterSet(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.charCodeAt(0)));
}

export function scanAnchor(cursor: Cursor, type: 'alias' | 'anchor'): Token {
  const start = cursor.mark();
  cursor.skip();
  const name = scanWord(cursor);
  const end = cursor.mark();
  const next = cursor.peek();
  if (name === '' || !(isBlankBreakOrEnd(next) || AFTER_ANCHOR.has(next))) {
    throw scannerError('did not find expected alphabetic or numeric character', start, cursor.mark());
  }
  return { type, name, start, end };
}

export function scanTag(cursor: Cursor): Token {
  const start = cursor.mark();
  const { handle, suffix } = cursor.peek(1) === LESS ? scanVerbatim(cursor, start) : scanShorthand(cursor, start);
  if (!isBlankBreakOrEnd(cursor.peek())) throw expectedSpace(cursor, start);
  return { type: 'tag', handle, suffix, start, end: cursor.mark() };
}

interface Tag {
  /** Empty for a tag that is complete in `suffix`. */
  readonly handle: string;
  readonly suffix: string;
}

function scanVerbatim(cursor: Cursor, start: Mark): Tag {
  cursor.skip();
  cursor.skip();
  const suffix = scanUri(cursor, '', start);
  if (cursor.peek() !== GREATER) throw scannerError("did not find the expected '>'", start, cursor.mark());
  cursor.skip();
  return { handle: '', suffix };
}

/** "!suffix", "!handle!suffix", or "!" alone. */
function scanShorthand(cursor: Cursor, start: Mark): Tag {
  const handle = scanHandle(cursor, false, start);
  if (handle.length > 1 && handle.endsWith('!')) return { handle, suffix: scanUri(cursor, '', start) };
  const suffix = scanUri(cursor, handle, start);
  return suffix === '' ? { handle: '', suffix: '!' } : { handle: '!', suffix };
}

function scanHandle(cursor: Cursor, inDirective: boolean, start: Mark): string {
  const from = cursor.position;
  if (cursor.peek() !== EXCLAMATION) throw scannerError("did not find expected '!'", start, cursor.mark());
  cursor.skip();
  scanWord(cursor);
  if (cursor.peek() === EXCLAMATION) cursor.skip();
  else if (inDirective && cursor.textFrom(from) !== '!') {
    throw scannerError("did not find expected '!'", start, cursor.mark());
  }
  return cursor.textFrom(from);
}

/** `head` is what was read before it was known to be no handle; its "!" does not belong to the URI. */
function scanUri(cursor: Cursor, head: string, start: Mark): string {
  const parts = [head.slice(1)];
  let empty = head === '';
  for (;;) {
    const from = cursor.position;
    while (isWord(cursor.peek()) || (IN_URI.has(cursor.peek()) && cursor.peek() !== PERCENT)) cursor.skip();
    parts.push(cursor.textFrom(from));
    if (cursor.position > from) empty = false;
    if (cursor.peek() !== PERCENT) break;
    parts.push(scanUriEscape(cursor, start));
    empty = false;
  }
  if (empty) throw scannerError('did not find expected tag URI', start, cursor.mark());
  return parts.join('');
}

/** The escaped octets of one UTF-8 character. */
function scanUriEscape(cursor: Cursor, start: Mark): string {
  const octets: number[] = [];
  let width = 1;
  do {
    const high = hexValue(cursor.peek(1));
    const low = high === -1 ? -1 : hexValue(cursor.peek(2));
    if (cursor.peek() !== PERCENT || low === -1) {
      throw scannerError('did not find URI escaped octet', start, cursor.mark());
    }
    const octet = high * 16 + low;
    if (octets.length === 0) {
      width = octet < 0x80 ? 1 : octet >> 5 === 0b110 ? 2 : octet >> 4 === 0b1110 ? 3 : octet >> 3 === 0b11110 ? 4 : 0;
      if (width === 0) throw scannerError('found an incorrect leading UTF-8 octet', start, cursor.mark());
    } else if ((octet & 0xc0) !== 0x80) {
      throw scannerError('found an incorrect trailing UTF-8 octet', start, cursor.mark());
    }
    octets.push(octet);
    for (let i = 0; i < 3; i++) cursor.skip();
  } while (octets.length < width);
  return decodeText(Uint8Array.from(octets));
}

export function scanDirective(cursor: Cursor): Token {
  const start = cursor.mark();
  cursor.skip();
  const name = scanWord(cursor);
  if (name === '') throw scannerError('could not find expected directive name', start, cursor.mark());
  if (!isBlankBreakOrEnd(cursor.peek())) {
    throw scannerError('found unexpected non-alphabetical character', start, cursor.mark());
  }
  const token = scanDirectiveValue(cursor, name, start);
  cursor.skipBlanks();
  if (cursor.peek() === HASH) cursor.skipToLineEnd();
  if (!cursor.atLineEnd()) throw scannerError('did not find expected comment or line break', start, cursor.mark());
  cursor.skipLine();
  return token;
}

function scanDirectiveValue(cursor: Cursor, name: string, start: Mark): Token {
  if (name !== 'YAML' && name !== 'TAG') {
    throw scannerError('found unknown directive name', start, cursor.mark());
  }
  cursor.skipBlanks();
  if (name === 'YAML') {
    const major = scanVersionNumber(cursor, start);
    if (cursor.peek() !== DOT) {
      throw scannerError("did not find expected digit or '.' character", start, cursor.mark());
    }
    cursor.skip();
    const minor = scanVersionNumber(cursor, start);
    return { type: 'version-directive', major, minor, start, end: cursor.mark() };
  }
  const handle = scanHandle(cursor, true, start);
  if (!isBlank(cursor.peek())) throw scannerError('did not find expected whitespace', start, cursor.mark());
  cursor.skipBlanks();
  const prefix = scanUri(cursor, '', start);
  if (!isBlankBreakOrEnd(cursor.peek())) throw expectedSpace(cursor, start);
  return { type: 'tag-directive', handle, prefix, start, end: cursor.mark() };
}

function scanVersionNumber(cursor: Cursor, start: Mark): number {
  const from = cursor.position;
  while (isDigit(cursor.peek())) {
    if (cursor.position - from === VERSION_DIGITS_MAX) {
      throw scannerError('found extremely long version number', start, cursor.mark());
    }
    cursor.skip();
  }
  if (cursor.position === from) throw scannerError('did not find expected version number', start, cursor.mark());
  return Number(cursor.textFrom(from));
}

function scanWord(cursor: Cursor): string {
  const from = cursor.position;
  while (isWord(cursor.peek())) cursor.skip();
  return cursor.textFrom(from);
}

function expectedSpace(cursor: Cursor, start: Mark): YamlError {
  return scannerError('did not find expected whitespace or line break', start, cursor.mark());
}
