// The lines of a diff as go-diff reads them: without their newline and a carriage return before it, one at a time, with a
// look at the next two. Lines are spans of the diff's bytes; texts are made only of headers.
import { decodeText } from '../go/text.ts';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export interface Line {
  readonly start: number;
  readonly end: number;
}

export class LineReader {
  readonly #bytes: Buffer;
  #next = 0;

  constructor(diff: Uint8Array) {
    this.#bytes = Buffer.from(diff.buffer, diff.byteOffset, diff.byteLength);
  }

  /** Of the diff, in bytes. */
  get length(): number {
    return this.#bytes.length;
  }

  /** null at the end. */
  read(): Line | null {
    const start = this.#next;
    if (start >= this.#bytes.length) return null;
    const newline = this.#bytes.indexOf(NEWLINE, start);
    // The last line, when no newline ends it, keeps its carriage return.
    const end = newline === -1 ? this.#bytes.length : newline;
    this.#next = newline === -1 ? end : newline + 1;
    const trimmed = newline > start && this.#bytes[newline - 1] === CARRIAGE_RETURN;
    return { start, end: trimmed ? end - 1 : end };
  }

  /** First byte of the line, or -1 when it is empty. */
  firstByte(line: Line): number {
    return line.end > line.start ? (this.#bytes[line.start] ?? -1) : -1;
  }

  startsWith(line: Line, prefix: string): boolean {
    return line.end - line.start >= prefix.length && this.#standsAt(line.start, prefix);
  }

  nextStartsWith(prefix: string): boolean {
    return this.#standsAt(this.#next, prefix);
  }

  /** The line after the next. */
  nextButOneStartsWith(prefix: string): boolean {
    const newline = this.#bytes.indexOf(NEWLINE, this.#next);
    return newline !== -1 && this.#standsAt(newline + 1, prefix);
  }

  /** The line's bytes, one character each (U+0000 to U+00FF): go-diff counts and cuts bytes. */
  byteString(line: Line): string {
    return this.#bytes.toString('latin1', line.start, line.end);
  }

  #standsAt(start: number, prefix: string): boolean {
    for (let i = 0; i < prefix.length; i++) if (this.#bytes[start + i] !== prefix.charCodeAt(i)) return false;
    return true;
  }
}

/** A byte string as text (batches/go/text.ts). */
export function textOfBytes(bytes: string): string {
  return decodeText(Buffer.from(bytes, 'latin1'));
}
