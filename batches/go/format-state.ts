// The flags, width and precision of one verb of Go's fmt, and the output that they pad. A width is counted in runes.
import { runeCount } from './text-bytes.ts';

/** The most characters that one call may print: a few bytes of format can ask for megabytes of padding each. Ours. */
export const FORMATTED_CHARACTERS_MAX = 64 * 1024 * 1024;

/** Thrown when a call would print more than FORMATTED_CHARACTERS_MAX; the one error that printing knows. */
export class FormatTooLongError extends Error {
  constructor() {
    super(`formatted text exceeds ${FORMATTED_CHARACTERS_MAX} characters`);
  }
}

export class FormatState {
  out = '';
  minus = false;
  plus = false;
  sharp = false;
  space = false;
  zero = false;
  /** `%+v` and `%#v`: set in place of plus and sharp, which mean something else to the values inside. */
  plusV = false;
  sharpV = false;
  /** null: not given. */
  width: number | null = null;
  precision: number | null = null;

  clearFlags(): void {
    this.minus = false;
    this.plus = false;
    this.sharp = false;
    this.space = false;
    this.zero = false;
    this.plusV = false;
    this.sharpV = false;
    this.width = null;
    this.precision = null;
  }

  write(text: string): void {
    this.out += text;
    if (this.out.length > FORMATTED_CHARACTERS_MAX) throw new FormatTooLongError();
  }

  writePadding(count: number): void {
    if (count > 0) this.write((this.zero && !this.minus ? '0' : ' ').repeat(count));
  }

  pad(text: string): void {
    if (this.width === null || this.width === 0) {
      this.write(text);
      return;
    }
    const missing = this.width - runeCount(text);
    if (this.minus) {
      this.write(text);
      this.writePadding(missing);
    } else {
      this.writePadding(missing);
      this.write(text);
    }
  }

  /** Pads with spaces whatever the 0 flag says. */
  padWithSpaces(text: string): void {
    const zero = this.zero;
    this.zero = false;
    this.pad(text);
    this.zero = zero;
  }
}
