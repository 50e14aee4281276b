// The text as the scanner may see it: byte order marks taken off, UTF-16 decoded, and the first character that YAML
// forbids found. yaml.v3 decodes 512 bytes at a time and fails as soon as a block holds a bad character, before anything
// of that block is scanned; a syntax error in an earlier block is reported first.
import { encodeText } from '../go/text.ts';

const BLOCK_BYTES = 512;
const FORBIDDEN = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const UTF16_LITTLE = '\udcff\udcfe';
const UTF16_BIG = '\udcfe\udcff';

export interface ReadableText {
  readonly text: string;
  /** The first place (code unit) that cannot be read, and why. */
  readonly failure: { readonly from: number; readonly problem: string } | null;
}

export function readable(input: string): ReadableText {
  if (input.startsWith(UTF16_LITTLE)) return checkedUtf16(encodeText(input).subarray(2), true);
  if (input.startsWith(UTF16_BIG)) return checkedUtf16(encodeText(input).subarray(2), false);
  const text = input.startsWith('\ufeff') ? input.slice(1) : input;
  const bad = text.search(FORBIDDEN);
  if (bad === -1) return { text, failure: null };
  const problem = problemAt(text, bad);
  const from = problem === 'incomplete UTF-8 octet sequence' ? bad : blockStart(text, bad, text === input ? 0 : 3);
  return { text, failure: { from, problem } };
}

/** yaml.v3's word for the bad character at `at`. */
function problemAt(text: string, at: number): string {
  const unit = text.charCodeAt(at);
  if (unit < 0xdc80 || unit > 0xdcff) return 'control characters are not allowed';
  const lead = unit - 0xdc00;
  const width = (lead & 0xe0) === 0xc0 ? 2 : (lead & 0xf0) === 0xe0 ? 3 : (lead & 0xf8) === 0xf0 ? 4 : 0;
  if (width === 0) return 'invalid leading UTF-8 octet';
  const rest = encodeText(text.slice(at + 1, at + width));
  if (rest.length < width - 1) return 'incomplete UTF-8 octet sequence';
  let rune = lead & (0x7f >> width);
  for (const octet of rest.subarray(0, width - 1)) {
    if ((octet & 0xc0) !== 0x80) return 'invalid trailing UTF-8 octet';
    rune = (rune << 6) | (octet & 0x3f);
  }
  const smallest = width === 2 ? 0x80 : width === 3 ? 0x800 : 0x10000;
  if (rune < smallest) return 'invalid length of a UTF-8 sequence';
  return 'invalid Unicode character';
}

/** Where the block that holds the character at `at` begins. A character that a block cuts belongs to the next one. */
function blockStart(text: string, at: number, skippedBytes: number): number {
  let blockFrom = 0;
  let blockEnd = BLOCK_BYTES - skippedBytes;
  let bytes = 0;
  for (let i = 0; i < at;) {
    const pair = isHighSurrogate(text.charCodeAt(i));
    const width = pair ? 4 : byteWidth(text.charCodeAt(i));
    if (bytes + width > blockEnd) {
      blockFrom = i;
      blockEnd = bytes + BLOCK_BYTES;
    }
    bytes += width;
    i += pair ? 2 : 1;
    if (bytes === blockEnd) {
      blockFrom = i;
      blockEnd = bytes + BLOCK_BYTES;
    }
  }
  return blockFrom;
}

function byteWidth(unit: number): number {
  return unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function checkedUtf16(bytes: Uint8Array, little: boolean): ReadableText {
  const unitAt = (at: number): number =>
    (bytes[at + (little ? 0 : 1)] ?? 0) | ((bytes[at + (little ? 1 : 0)] ?? 0) << 8);
  const units: string[] = [];
  // A block is 512 bytes with the mark in the first; what fails in it takes the whole block along.
  const failed = (at: number, problem: string): ReadableText => ({
    text: units.join(''),
    failure: { from: Math.max(0, (Math.floor((at + 2) / BLOCK_BYTES) * BLOCK_BYTES - 2) / 2), problem },
  });
  for (let at = 0; at < bytes.length; at += 2) {
    if (at + 1 >= bytes.length) return failed(at, 'incomplete UTF-16 character');
    const unit = unitAt(at);
    if (unit >= 0xdc00 && unit <= 0xdfff) return failed(at, 'unexpected low surrogate area');
    let character = String.fromCharCode(unit);
    if (isHighSurrogate(unit)) {
      if (at + 4 > bytes.length) return failed(at, 'incomplete UTF-16 surrogate pair');
      const low = unitAt(at + 2);
      if (low < 0xdc00 || low > 0xdfff) return failed(at, 'expected low surrogate area');
      character += String.fromCharCode(low);
      at += 2;
    }
    if (FORBIDDEN.test(character)) return failed(at, 'control characters are not allowed');
    units.push(character);
  }
  return { text: units.join(''), failure: null };
}
