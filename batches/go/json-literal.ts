// Strings, numbers, true, false and null of a JSON text, and the errors of Go's scanner.
import type { JsonExtent, JsonNode } from './json-node.ts';
import { quote } from './quote.ts';
import { replaceBrokenBytes } from './text.ts';

export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';

  static at(text: string, at: number, context: string): JsonSyntaxError {
    return new JsonSyntaxError(`invalid character ${quoteByte(byteAt(text, at))} ${context}`);
  }
}

/** Go's scanner goes by bytes, so of a character beyond ASCII it names the first byte. */
function byteAt(text: string, at: number): number {
  const code = text.codePointAt(at) ?? 0;
  if (code < 0x80) return code;
  if (code < 0x800) return 0xc0 | (code >> 6);
  if (code >= 0xdc80 && code <= 0xdcff) return code - 0xdc00;
  return code < 0x10000 ? 0xe0 | (code >> 12) : 0xf0 | (code >> 18);
}

function quoteByte(byte: number): string {
  if (byte === 0x27) return "'\\''";
  if (byte === 0x22) return "'\"'";
  return `'${quote(String.fromCharCode(byte)).slice(1, -1)}'`;
}

/** The literal that starts at `start`. Throws JsonSyntaxError. */
export function readJsonLiteral(text: string, start: number, extent: JsonExtent): JsonNode {
  const reader = new LiteralReader(text, start, extent);
  const char = text[start] ?? '';
  if (char === '"') return reader.readString();
  if (char === '-' || isDigit(char)) return reader.readNumber();
  if (char === 't') return reader.readWord('true', { kind: 'bool', value: true, start, end: start + 4 });
  if (char === 'f') return reader.readWord('false', { kind: 'bool', value: false, start, end: start + 5 });
  if (char === 'n') return reader.readWord('null', { kind: 'null', start, end: start + 4 });
  throw JsonSyntaxError.at(text, start, 'looking for beginning of value');
}

class LiteralReader {
  readonly #text: string;
  readonly #start: number;
  readonly #extent: JsonExtent;
  #at: number;

  constructor(text: string, start: number, extent: JsonExtent) {
    this.#text = text;
    this.#start = start;
    this.#extent = extent;
    this.#at = start;
  }

  readWord(word: string, node: JsonNode): JsonNode {
    for (let i = 1; i < word.length; i++) {
      this.#at += 1;
      if (this.#text[this.#at] !== word[i]) throw this.#unexpected(`in literal ${word} (expecting '${word[i] ?? ''}')`);
    }
    return node;
  }

  readNumber(): JsonNode {
    if (this.#text[this.#at] === '-') {
      this.#at += 1;
      if (!isDigit(this.#text[this.#at])) throw this.#unexpected('in numeric literal');
    }
    if (this.#text[this.#at] === '0') this.#at += 1;
    else this.#skipDigits();
    if (this.#text[this.#at] === '.') {
      this.#at += 1;
      if (!isDigit(this.#text[this.#at])) throw this.#unexpected('after decimal point in numeric literal');
      this.#skipDigits();
    }
    const exponent = this.#text[this.#at];
    if (exponent === 'e' || exponent === 'E') {
      this.#at += 1;
      const sign = this.#text[this.#at];
      if (sign === '+' || sign === '-') this.#at += 1;
      if (!isDigit(this.#text[this.#at])) throw this.#unexpected('in exponent of numeric literal');
      this.#skipDigits();
    }
    return {
      kind: 'number',
      digits: this.#text.slice(this.#start, this.#at),
      start: this.#start,
      end: this.#at,
    };
  }

  readString(): JsonNode {
    let escaped = false;
    for (this.#at += 1; ; this.#at++) {
      const code = this.#text.charCodeAt(this.#at); // NaN at the end
      if (code === 0x22) break;
      if (code >= 0x20 && code !== 0x5c) continue;
      if (Number.isNaN(code)) throw this.#ended('unexpected end of JSON input');
      if (code !== 0x5c) throw this.#unexpected('in string literal');
      escaped = true;
      this.#skipEscape();
    }
    this.#at += 1;
    // Broken bytes first: beside an escaped half of a surrogate pair they would look like its other half.
    const raw = replaceBrokenBytes(this.#text.slice(this.#start, this.#at));
    const value = escaped ? (JSON.parse(raw) as string).toWellFormed() : raw.slice(1, -1);
    return { kind: 'string', value, start: this.#start, end: this.#at };
  }

  /** Leaves the position at the last character of the escape. */
  #skipEscape(): void {
    this.#at += 1;
    const char = this.#text[this.#at];
    if (char === undefined || !'bfnrt\\/"u'.includes(char)) throw this.#unexpected('in string escape code');
    if (char !== 'u') return;
    for (let digits = 0; digits < 4; digits++) {
      this.#at += 1;
      if (!isHexDigit(this.#text.charCodeAt(this.#at))) {
        throw this.#unexpected('in \\u hexadecimal character escape');
      }
    }
  }

  #skipDigits(): void {
    while (isDigit(this.#text[this.#at])) this.#at += 1;
  }

  /** At the end of the text json.Unmarshal pretends a space, which inside of a literal is what gets reported. */
  #unexpected(context: string): JsonSyntaxError {
    return this.#at < this.#text.length
      ? JsonSyntaxError.at(this.#text, this.#at, context)
      : this.#ended(`invalid character ' ' ${context}`);
  }

  #ended(whole: string): JsonSyntaxError {
    return new JsonSyntaxError(this.#extent === 'whole' ? whole : 'unexpected EOF');
  }
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

function isHexDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}
