// A place in the text that moves forward only and knows its line and column, as libyaml counts them: in characters, with
// CR LF as one break.
import { END, breakText, isBlank, isBlankBreakOrEnd, isBreak, isCarriageReturnLineFeed } from './characters.ts';
import { YamlError, type Mark } from './error.ts';
import type { ReadableText } from './reader.ts';

const HYPHEN = 0x2d;
const DOT = 0x2e;

export class Cursor {
  readonly #text: string;
  readonly #readableUpTo: number;
  readonly #problem: string;
  /** In code units; the index of marks counts characters. */
  #position = 0;
  #index = 0;
  #line = 0;
  #column = 0;
  #newlines = 0;

  constructor(input: ReadableText) {
    this.#text = input.text;
    this.#readableUpTo = input.failure?.from ?? Infinity;
    this.#problem = input.failure?.problem ?? '';
  }

  get position(): number {
    return this.#position;
  }

  get index(): number {
    return this.#index;
  }

  get line(): number {
    return this.#line;
  }

  get column(): number {
    return this.#column;
  }

  /** Line breaks since the last character that is not blank. */
  get newlines(): number {
    return this.#newlines;
  }

  mark(): Mark {
    return { index: this.#index, line: this.#line, column: this.#column };
  }

  /** The code unit `ahead` units further on; END past the text. */
  peek(ahead = 0): number {
    const at = this.#position + ahead;
    if (at >= this.#readableUpTo) throw new YamlError(this.#problem, null);
    return at < this.#text.length ? this.#text.charCodeAt(at) : END;
  }

  /** The text from a position to here. */
  textFrom(position: number): string {
    return this.#text.slice(position, this.#position);
  }

  /** Passes one character that is no line break. */
  skip(): void {
    const unit = this.peek();
    if (!isBlank(unit)) this.#newlines = 0;
    this.#position += unit >= 0xd800 && unit <= 0xdbff ? 2 : 1;
    this.#index += 1;
    this.#column += 1;
  }

  /** Passes one line break, if there is one, and returns what it adds to a scalar. */
  skipLine(): string {
    const unit = this.peek();
    if (!isBreak(unit)) return '';
    const width = isCarriageReturnLineFeed(unit, this.peek(1)) ? 2 : 1;
    this.#position += width;
    this.#index += width;
    this.#column = 0;
    this.#line += 1;
    this.#newlines += 1;
    return breakText(unit);
  }

  skipBlanks(): void {
    while (isBlank(this.peek())) this.skip();
  }

  skipToLineEnd(): void {
    while (!this.atLineEnd()) this.skip();
  }

  atEnd(): boolean {
    return this.peek() === END;
  }

  atLineEnd(): boolean {
    const unit = this.peek();
    return unit === END || isBreak(unit);
  }

  /** At "---" or "..." in the first column, followed by a blank, a break or the end. */
  atDocumentIndicator(): boolean {
    return this.atDocumentStart() || this.#atTriple(DOT);
  }

  atDocumentStart(): boolean {
    return this.#atTriple(HYPHEN);
  }

  /** The end of the stream counts as the start of a line. */
  forceNewLine(): void {
    if (this.#column === 0) return;
    this.#column = 0;
    this.#line += 1;
  }

  #atTriple(unit: number): boolean {
    return (
      this.#column === 0 &&
      this.peek() === unit &&
      this.peek(1) === unit &&
      this.peek(2) === unit &&
      isBlankBreakOrEnd(this.peek(3))
    );
  }
}
