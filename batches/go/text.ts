// Go strings are bytes, and a step may print bytes that are no UTF-8. Inside, a text is a JavaScript string in which
// every byte that Go's decoder would not accept stands as one lone surrogate U+DC00 + byte (0x80..0xFF). Valid text is
// thus ordinary text, nothing is lost, and `encodeText(decodeText(bytes))` gives the same bytes back.

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const LONE_BYTE = /[\udc80-\udcff]/u;

/** Bytes to text; bytes that are not valid UTF-8 become lone surrogates U+DC80..U+DCFF. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeBroken(bytes);
  }
}

function decodeBroken(bytes: Uint8Array): string {
  const parts: string[] = [];
  let validFrom = 0;
  let at = 0;
  while (at < bytes.length) {
    const width = runeWidth(bytes, at);
    if (width > 0) {
      at += width;
      continue;
    }
    if (at > validFrom) parts.push(strict.decode(bytes.subarray(validFrom, at)));
    parts.push(String.fromCharCode(0xdc00 + (bytes[at] ?? 0)));
    at += 1;
    validFrom = at;
  }
  if (at > validFrom) parts.push(strict.decode(bytes.subarray(validFrom, at)));
  return parts.join('');
}

/** Width in bytes of the valid UTF-8 sequence that starts at `at`, or 0 (Go: unicode/utf8, no surrogates, shortest form). */
export function runeWidth(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const width =
    first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (width === 0 || at + width > bytes.length) return 0;
  const second = bytes[at + 1] ?? 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < width; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return width;
}

/** Text to bytes; the inverse of decodeText. */
export function encodeText(text: string): Uint8Array {
  if (!hasBrokenBytes(text)) return encoder.encode(text);
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff) {
      i += 1; // a pair: its low half is no lone byte
    } else if (unit >= 0xdc80 && unit <= 0xdcff) {
      if (i > from) parts.push(encoder.encode(text.slice(from, i)));
      parts.push(Uint8Array.of(unit - 0xdc00));
      from = i + 1;
    }
  }
  if (from < text.length) parts.push(encoder.encode(text.slice(from)));
  return Buffer.concat(parts);
}

/** Whether the text holds a byte that is not valid UTF-8. */
export function hasBrokenBytes(text: string): boolean {
  return LONE_BYTE.test(text);
}

/** The text as Go's `encoding/json` or `strings.ToValidUTF8` would leave it: each bad byte is U+FFFD. */
export function replaceBrokenBytes(text: string): string {
  return hasBrokenBytes(text) ? text.replace(/[\udc80-\udcff]/gu, '\ufffd') : text;
}
