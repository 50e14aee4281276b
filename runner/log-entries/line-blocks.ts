// Cuts one stream of a command into lines as Go's bufio.ScanLines does: the newline is the end, a carriage return right
// before it belongs to it, and a last line without newline counts unless it is empty. Lines come in blocks, for speed.
import { decodeText, replaceBrokenBytes } from '#batches/go/text.ts';

/** Go's limit in the reference: the longest line, in bytes. */
export const LINE_BYTES_MAX = 100 * 1024 * 1024;

/** The reference's words for a longer line; reading of the command ends there. */
export const LINE_TOO_LONG = 'reading process pipes: bufio.Scanner: token too long';

export type LineBlock =
  /** Whole lines, each ended by one newline; may be empty. Bytes that are no UTF-8 are U+FFFD, as Go's JSON sends them. */
  { readonly kind: 'lines'; readonly text: string } | { readonly kind: 'too-long' };

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export class LineBlocks {
  readonly #lineBytesMax: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(lineBytesMax: number = LINE_BYTES_MAX) {
    this.#lineBytesMax = lineBytesMax;
  }

  push(bytes: Uint8Array): LineBlock {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    const first = end === 0 ? bytes.length : bytes.indexOf(NEWLINE);
    if (this.#heldBytes + first >= this.#lineBytesMax) return { kind: 'too-long' };
    if (end === 0) {
      this.#hold(bytes);
      return { kind: 'lines', text: '' };
    }
    const whole = this.#release(bytes.subarray(0, end));
    this.#hold(bytes.subarray(end));
    return { kind: 'lines', text: decode(whole) };
  }

  /** The stream has ended. */
  end(): LineBlock {
    const rest = this.#release(new Uint8Array(0));
    if (rest.length === 0) return { kind: 'lines', text: '' };
    const line = rest[rest.length - 1] === CARRIAGE_RETURN ? rest.subarray(0, -1) : rest;
    return { kind: 'lines', text: `${decode(line)}\n` };
  }

  // What is held is copied: the caller may use its buffer again.
  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#held.push(Uint8Array.from(bytes));
    this.#heldBytes += bytes.length;
  }

  #release(more: Uint8Array): Uint8Array {
    if (this.#held.length === 0) return more;
    const whole = Buffer.concat([...this.#held, more]);
    this.#held = [];
    this.#heldBytes = 0;
    return whole;
  }
}

function decode(bytes: Uint8Array): string {
  const text = replaceBrokenBytes(decodeText(bytes));
  return text.includes('\r\n') ? text.replaceAll('\r\n', '\n') : text;
}
