// The text that a glob is matched against: its bytes, the work still allowed on it, and what was found out already.
// gobwas/glob cuts texts by bytes, also inside of a character, so everything here counts bytes.
import { runeWidth } from '#batches/go/text.ts';
import { GlobError } from './error.ts';

/** Go's utf8.RuneError: what a byte that is no UTF-8 counts as. */
const RUNE_ERROR = 0xfffd;
const STEPS_MAX = 20_000_000;

/** A budget of work. Go has none: some patterns keep it busy for ever. */
export class Budget {
  #steps = STEPS_MAX;

  /** Throws GlobError when the budget is used up. */
  spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new GlobError('the pattern needs too much time');
  }
}

export class Subject {
  readonly bytes: Buffer;
  readonly budget = new Budget();
  readonly #answers = new Map<object, Map<number, boolean>>();

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Asks once whether `matcher` takes the bytes from `start` to `end`, so that nested searches stay polynomial. */
  remember(matcher: object, start: number, end: number, ask: () => boolean): boolean {
    const answers = this.#answers.get(matcher) ?? new Map<number, boolean>();
    if (answers.size === 0) this.#answers.set(matcher, answers);
    const key = start * (this.bytes.length + 1) + end;
    const known = answers.get(key);
    if (known !== undefined) return known;
    this.budget.spend(16);
    const answer = ask();
    answers.set(key, answer);
    return answer;
  }

  /** Bytes of the character at `at`, where the text ends at `end`; 1 for a byte that is no UTF-8, 0 at the end. */
  widthAt(at: number, end: number): number {
    if (at >= end) return 0;
    if ((this.bytes[at] ?? 0) < 0x80) return 1;
    const width = runeWidth(this.bytes, at);
    return width === 0 || at + width > end ? 1 : width;
  }

  /** The code point of the character at `at`. */
  runeAt(at: number, end: number): number {
    const first = this.bytes[at] ?? 0;
    if (at < end && first < 0x80) return first;
    const width = this.widthAt(at, end);
    if (width < 2) return RUNE_ERROR;
    let rune = first & (0xff >> (width + 1));
    for (let i = 1; i < width; i++) rune = (rune << 6) | ((this.bytes[at + i] ?? 0) & 0x3f);
    return rune;
  }

  /** Where `needle` first stands between `start` and `end`, counted from `start`, or -1. */
  indexOf(needle: Uint8Array, start: number, end: number): number {
    const index = this.bytes.subarray(start, end).indexOf(needle);
    this.budget.spend(1 + ((index === -1 ? end - start : index) >>> 6));
    return index;
  }

  /** Where `needle` last stands between `start` and `end`, counted from `start`, or -1. */
  lastIndexOf(needle: Uint8Array, start: number, end: number): number {
    const index = this.bytes.subarray(start, end).lastIndexOf(needle);
    this.budget.spend(1 + ((end - start - Math.max(index, 0)) >>> 6));
    return index;
  }

  startsWith(prefix: Uint8Array, start: number, end: number): boolean {
    const to = start + prefix.length;
    return to <= end && this.bytes.compare(prefix, 0, prefix.length, start, to) === 0;
  }

  endsWith(suffix: Uint8Array, start: number, end: number): boolean {
    const from = end - suffix.length;
    return from >= start && this.bytes.compare(suffix, 0, suffix.length, from, end) === 0;
  }
}

/** The width that gobwas/glob takes for a found character: 3 (that of U+FFFD) for a byte that is no UTF-8. */
export function widthOfRune(rune: number): number {
  return rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
}
