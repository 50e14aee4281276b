// Go strings are counted, cut and compared by bytes; texts here are JavaScript strings (see ./text.ts). The plain case,
// text without anything beyond ASCII, takes no detour over bytes.
import { decodeText, encodeText } from './text.ts';

const SURROGATE = /[\ud800-\udfff]/;
const ASCII = /^[\0-\x7f]*$/;

export function isAscii(text: string): boolean {
  return ASCII.test(text);
}

/** Length in bytes, as Go's `len`. */
export function byteLength(text: string): number {
  return text.isWellFormed() ? Buffer.byteLength(text) : encodeText(text).length;
}

/** Number of runes; a byte that is not valid UTF-8 counts as one (`utf8.RuneCountInString`). */
export function runeCount(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff) i += 1;
    count += 1;
  }
  return count;
}

/** The bytes from `from` up to `to`, as text. Cutting a character in two leaves bytes that are not valid UTF-8. */
export function sliceBytes(text: string, from: number, to: number): string {
  if (isAscii(text)) return text.slice(from, to);
  return decodeText(encodeText(text).subarray(from, to));
}

/**
 * A text that was put together from several: bytes that were broken in the parts may have become valid together, and must
 * then no longer stand as lone surrogates.
 */
export function joined(text: string): string {
  return text.isWellFormed() ? text : decodeText(encodeText(text));
}

/** Orders by bytes, as Go's `<` and `sort.Strings` do: negative, 0 or positive. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : 1; // without surrogates code units order as bytes do
  return Buffer.compare(encodeText(a), encodeText(b));
}

/** A sorted copy, in the order of the bytes. */
export function sortedTexts(texts: Iterable<string>): string[] {
  const sorted = [...texts];
  // Without surrogates the engine's own order, by code units, is the same and several times faster.
  return sorted.some((text) => SURROGATE.test(text)) ? sorted.sort(compareText) : sorted.sort();
}
