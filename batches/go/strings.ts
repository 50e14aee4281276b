// `strings.Split` and `strings.ReplaceAll` of Go, which work on bytes: a broken byte may be looked for inside a character.
import { joined } from './text-bytes.ts';
import { decodeText, encodeText } from './text.ts';

/** Around an empty separator Go splits into characters, and an empty text into none. */
export function splitText(text: string, separator: string): string[] {
  if (separator === '') return charactersOf(text);
  if (separator.isWellFormed()) return text.split(separator);
  return binary(text).split(binary(separator)).map(fromBinary);
}

/** An empty `old` stands before every character and at the end. */
export function replaceAllText(text: string, old: string, replacement: string): string {
  if (old === '')
    return joined(
      replacement +
        charactersOf(text)
          .map((character) => character + replacement)
          .join(''),
    );
  if (old.isWellFormed()) return joined(text.split(old).join(replacement));
  return fromBinary(binary(text).split(binary(old)).join(binary(replacement)));
}

/** How often `old` stands in the text, as `replaceAllText` replaces it (at least as often, when bytes are broken). */
export function countText(text: string, old: string): number {
  if (old === '') return text.length + 1;
  if (!old.isWellFormed()) return text.length * 3;
  let count = 0;
  for (let at = text.indexOf(old); at >= 0; at = text.indexOf(old, at + old.length)) count += 1;
  return count;
}

/** One text a rune; a broken byte is one of its own. */
function charactersOf(text: string): string[] {
  return Array.from(text);
}

/** One UTF-16 unit a byte. */
function binary(text: string): string {
  return Buffer.from(encodeText(text)).toString('latin1');
}

function fromBinary(text: string): string {
  return decodeText(Buffer.from(text, 'latin1'));
}
