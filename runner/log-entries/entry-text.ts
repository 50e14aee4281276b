// The text of one log entry (`out`): it only grows, and it is bounded. An entry goes over the wire whole, is kept whole in
// the instance's database and is held in memory here, so a command that prints a gigabyte keeps its beginning and its end.

/**
 * Bytes of text kept from the beginning. A JSON escape may make six of one, and a JavaScript string ends at about 512 MiB.
 */
export const HEAD_BYTES_MAX = 62 * 1024 * 1024;
/** Bytes of text kept from the end, where the error usually is (and up to a piece more). */
export const TAIL_BYTES_MAX = 2 * 1024 * 1024;

const MIB = 1024 * 1024;
const PIECE_BYTES_MAX = 64 * 1024;

export class EntryText {
  readonly #headBytesMax: number;
  readonly #tailBytesMax: number;
  #text = '';
  #textBytes = 0;
  #encodedBytes = 0;
  /** Set once the head is full: what came after, as far as it is kept. */
  #tail: { text: string; bytes: number }[] | undefined;
  #tailBytes = 0;
  #leftOutBytes = 0;

  constructor(headBytesMax: number = HEAD_BYTES_MAX, tailBytesMax: number = TAIL_BYTES_MAX) {
    this.#headBytesMax = headBytesMax;
    this.#tailBytesMax = tailBytesMax;
  }

  get text(): string {
    return this.#text;
  }

  /** In UTF-8. */
  get bytes(): number {
    return this.#textBytes;
  }

  /** As a JSON string in UTF-8. */
  get encodedBytes(): number {
    return this.#encodedBytes;
  }

  /** Adds whole lines. */
  append(lines: string): void {
    const bytes = Buffer.byteLength(lines);
    if (this.#tail !== undefined) this.#keepInTail(lines, bytes);
    else if (this.#textBytes + bytes <= this.#headBytesMax) this.#grow(lines);
    else this.#fillHead(lines);
  }

  /** Adds a line that must not be left out, whatever its size. */
  appendWhole(line: string): void {
    this.#grow(line);
  }

  /** The command has ended: what was kept of the end follows. */
  end(): void {
    const tail = this.#tail;
    if (tail === undefined) return;
    this.#tail = undefined;
    if (this.#leftOutBytes > 0) this.#grow(`stderr: [${this.#leftOutBytes} bytes were left out here]\n`);
    this.#grow(tail.map((lines) => lines.text).join(''));
  }

  #fillHead(lines: string): void {
    const encoded = Buffer.from(lines);
    const cut = this.#headEnd(encoded);
    const kept = encoded.subarray(0, cut).toString('utf8');
    this.#grow(kept === '' || kept.endsWith('\n') ? kept : `${kept}\n`);
    const limit = Math.floor((this.#headBytesMax + this.#tailBytesMax) / MIB);
    this.#grow(
      `stderr: [this log is longer than the ${limit} MiB that are kept; its end follows when the command ends]\n`,
    );
    this.#tail = [];
    this.#keepInTail(encoded.subarray(cut).toString('utf8'), encoded.length - cut);
  }

  /** Whole lines go into the head; a line that alone is too long for it is cut, at the beginning of a character. */
  #headEnd(encoded: Uint8Array): number {
    const room = this.#headBytesMax - this.#textBytes;
    const lastNewline = encoded.subarray(0, room).lastIndexOf(0x0a);
    return lastNewline === -1 ? characterStart(encoded, room) : lastNewline + 1;
  }

  /** Keeps the end of all that comes; in small pieces, of which the oldest go. */
  #keepInTail(lines: string, bytes: number): void {
    const tail = (this.#tail ??= []);
    for (const piece of bytes <= PIECE_BYTES_MAX ? [{ text: lines, bytes }] : pieces(lines)) {
      tail.push(piece);
      this.#tailBytes += piece.bytes;
    }
    let dropped = 0;
    for (let oldest = tail[0]; oldest !== undefined; oldest = tail[dropped]) {
      if (this.#tailBytes - oldest.bytes < this.#tailBytesMax) break;
      this.#tailBytes -= oldest.bytes;
      this.#leftOutBytes += oldest.bytes;
      dropped += 1;
    }
    if (dropped > 0) tail.splice(0, dropped);
  }

  #grow(lines: string): void {
    this.#text += lines;
    this.#textBytes += Buffer.byteLength(lines);
    this.#encodedBytes += Buffer.byteLength(JSON.stringify(lines)) - 2;
  }
}

function pieces(lines: string): { text: string; bytes: number }[] {
  const encoded = Buffer.from(lines);
  const cut: { text: string; bytes: number }[] = [];
  for (let from = 0; from < encoded.length;) {
    const to = characterStart(encoded, from + PIECE_BYTES_MAX);
    cut.push({ text: encoded.subarray(from, to).toString('utf8'), bytes: to - from });
    from = to;
  }
  return cut;
}

/** The nearest beginning of a UTF-8 character at or before `at`. */
function characterStart(bytes: Uint8Array, at: number): number {
  if (at >= bytes.length) return bytes.length;
  let start = at;
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return start;
}
