// The blanks and line breaks between two words of a plain or quoted scalar, and what they come to: blanks within a line
// stay, one line break is a space, further ones stay as they are.
import { isBlank } from './characters.ts';
import type { Cursor } from './cursor.ts';

export class LineFolder {
  #blanks = '';
  #firstBreak = '';
  #moreBreaks = '';
  #brokeLine = false;

  /** A line break came after the last word. */
  get brokeLine(): boolean {
    return this.#brokeLine;
  }

  /** The last word ended its line with a backslash: what follows is joined without a space. */
  escapeBreak(): void {
    this.#brokeLine = true;
  }

  /** Passes one blank or line break. Blanks at the start of a line are indentation. */
  consume(cursor: Cursor): void {
    if (isBlank(cursor.peek())) {
      const from = cursor.position;
      cursor.skip();
      if (!this.#brokeLine) this.#blanks += cursor.textFrom(from);
    } else if (!this.#brokeLine) {
      this.#blanks = '';
      this.#firstBreak = cursor.skipLine();
      this.#brokeLine = true;
    } else {
      this.#moreBreaks += cursor.skipLine();
    }
  }

  /** What stands between the words; the folder begins anew. */
  take(): string {
    const text = this.#brokeLine ? this.#folded() : this.#blanks;
    this.#blanks = '';
    this.#firstBreak = '';
    this.#moreBreaks = '';
    this.#brokeLine = false;
    return text;
  }

  #folded(): string {
    if (this.#firstBreak !== '\n') return this.#firstBreak + this.#moreBreaks;
    return this.#moreBreaks === '' ? ' ' : this.#moreBreaks;
  }
}
