// Literal ("|") and folded (">") scalars.
import { END, isBlank, isBreak, isDigit, isSpace, isTab } from './characters.ts';
import type { Cursor } from './cursor.ts';
import { scannerError, type Mark } from './error.ts';
import type { Token } from './tokens.ts';

const LITERAL = 0x7c;
const PLUS = 0x2b;
const MINUS = 0x2d;
const HASH = 0x23;

type Chomping = 'clip' | 'strip' | 'keep';

interface Header {
  readonly chomping: Chomping;
  /** The indentation indicator, 0 when absent. */
  readonly increment: number;
}

/** `indent` is the column of the block around it, -1 outside any. */
export function scanBlockScalar(cursor: Cursor, indent: number): Token {
  const start = cursor.mark();
  const literal = cursor.peek() === LITERAL;
  cursor.skip();
  const { chomping, increment } = scanHeader(cursor, start);
  const lines = new BlockLines(cursor, start, indent, increment);
  const parts: string[] = [];
  let lineBreak = '';
  let moreBreaks = lines.skipBreaks();
  let wasIndented = false;
  while (cursor.column === lines.indent && cursor.peek() !== END) {
    const indented = isBlank(cursor.peek());
    if (!literal && !wasIndented && !indented && lineBreak === '\n') {
      if (moreBreaks === '') parts.push(' ');
    } else {
      parts.push(lineBreak);
    }
    parts.push(moreBreaks);
    wasIndented = indented;
    const from = cursor.position;
    cursor.skipToLineEnd();
    parts.push(cursor.textFrom(from));
    lineBreak = cursor.skipLine();
    moreBreaks = lines.skipBreaks();
  }
  if (chomping !== 'strip') parts.push(lineBreak);
  if (chomping === 'keep') parts.push(moreBreaks);
  return { type: 'scalar', value: parts.join(''), style: 'block', start, end: lines.end };
}

/** The indicators after "|" or ">", in either order, a comment, and the end of the line. */
function scanHeader(cursor: Cursor, start: Mark): Header {
  let chomping = scanChomping(cursor);
  const increment = scanIncrement(cursor, start);
  chomping ??= increment > 0 ? scanChomping(cursor) : null;
  cursor.skipBlanks();
  if (cursor.peek() === HASH) cursor.skipToLineEnd();
  if (!cursor.atLineEnd()) throw scannerError('did not find expected comment or line break', start, cursor.mark());
  cursor.skipLine();
  return { chomping: chomping ?? 'clip', increment };
}

function scanChomping(cursor: Cursor): Chomping | null {
  const unit = cursor.peek();
  if (unit !== PLUS && unit !== MINUS) return null;
  cursor.skip();
  return unit === PLUS ? 'keep' : 'strip';
}

function scanIncrement(cursor: Cursor, start: Mark): number {
  const unit = cursor.peek();
  if (!isDigit(unit)) return 0;
  if (unit === 0x30) throw scannerError('found an indentation indicator equal to 0', start, cursor.mark());
  cursor.skip();
  return unit - 0x30;
}

/** Knows the indentation of the lines, which the first line that is not empty decides unless the header did. */
class BlockLines {
  readonly #cursor: Cursor;
  readonly #start: Mark;
  readonly #parentIndent: number;
  /** 0 while unknown. */
  indent: number;
  /** Where the last content ended. */
  end: Mark;

  constructor(cursor: Cursor, start: Mark, parentIndent: number, increment: number) {
    this.#cursor = cursor;
    this.#start = start;
    this.#parentIndent = parentIndent;
    this.indent = increment === 0 ? 0 : Math.max(parentIndent, 0) + increment;
    this.end = cursor.mark();
  }

  /** Passes indentation and empty lines; returns the breaks of those. */
  skipBreaks(): string {
    const cursor = this.#cursor;
    let breaks = '';
    let deepest = 0;
    this.end = cursor.mark();
    for (;;) {
      while (this.#withinIndent() && isSpace(cursor.peek())) cursor.skip();
      deepest = Math.max(deepest, cursor.column);
      if (this.#withinIndent() && isTab(cursor.peek())) {
        throw scannerError('found a tab character where an indentation space is expected', this.#start, cursor.mark());
      }
      if (!isBreak(cursor.peek())) break;
      breaks += cursor.skipLine();
      this.end = cursor.mark();
    }
    if (this.indent === 0) this.indent = Math.max(deepest, this.#parentIndent + 1, 1);
    return breaks;
  }

  #withinIndent(): boolean {
    return this.indent === 0 || this.#cursor.column < this.indent;
  }
}
