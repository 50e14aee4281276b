// Text to tokens, after Go's text/template/parse/lex.go: it knows delimiters, trim markers, comments and the rough shape of
// literals, and no meaning. Numbers are scanned loosely; the parser judges them.
import { sprintf } from '#batches/go/format.ts';
import { isDigit, isLetter, isPrint } from '#batches/go/unicode.ts';
import { GoInt } from '#batches/go/values.ts';
import { isKeyword, type Token, type TokenType } from './tokens.ts';

export const LEFT_DELIMITER = '${{';
export const RIGHT_DELIMITER = '}}';
const LEFT_COMMENT = '/*';
const RIGHT_COMMENT = '*/';
/** A trim marker is a minus and the space that must stand beside it. */
const TRIM_MARKER_LENGTH = 2;
const RUNE_ERROR = 0xfffd;
const EOF = -1;

const unitsOf = (characters: string): ReadonlySet<number> => new Set(Buffer.from(characters));
const SIGNS = unitsOf('+-');
const DECIMAL = unitsOf('0123456789_');
const HEXADECIMAL = unitsOf('0123456789abcdefABCDEF_');
const OCTAL = unitsOf('01234567_');
const BINARY = unitsOf('01_');
/** What may follow an identifier, beside space and the right delimiter. */
const TERMINATORS = unitsOf('.,|:()');

export class Lexer {
  private input: string;
  private position = 0;
  private start = 0;
  private line = 1;
  private startLine = 1;
  private insideAction = false;
  private parenDepth = 0;

  constructor(input: string) {
    this.input = input;
  }

  nextToken(): Token {
    return this.insideAction ? this.lexAction() : this.lexText();
  }

  /** Text up to the next action; comments are skipped. */
  private lexText(): Token {
    for (;;) {
      const at = this.input.indexOf(LEFT_DELIMITER, this.position);
      if (at < 0) {
        this.position = this.input.length;
        if (this.position === this.start) return this.emit('eof');
        this.countLines();
        return this.emit('text');
      }
      if (at > this.position) {
        const trimmed = this.hasLeftTrimMarker(at + LEFT_DELIMITER.length) ? this.spacesBefore(at) : 0;
        this.position = at - trimmed;
        this.countLines();
        const text = this.emit('text');
        this.position = at;
        this.skip();
        if (text.text !== '') return text;
      }
      const token = this.lexLeftDelimiter();
      if (token !== null) return token;
    }
  }

  /** null after a comment. */
  private lexLeftDelimiter(): Token | null {
    this.position += LEFT_DELIMITER.length;
    const marker = this.hasLeftTrimMarker(this.position) ? TRIM_MARKER_LENGTH : 0;
    if (this.input.startsWith(LEFT_COMMENT, this.position + marker)) {
      this.position += marker;
      this.skip();
      return this.lexComment();
    }
    const token = this.emit('left delimiter');
    this.insideAction = true;
    this.position += marker;
    this.skip();
    this.parenDepth = 0;
    return token;
  }

  private lexComment(): Token | null {
    const end = this.input.indexOf(RIGHT_COMMENT, this.position + LEFT_COMMENT.length);
    if (end < 0) return this.fail('unclosed comment');
    this.position = end + RIGHT_COMMENT.length;
    const trims = this.isAtTrimmedRightDelimiter();
    if (!trims && !this.isAtRightDelimiter()) return this.fail('comment ends before closing delimiter');
    if (trims) this.position += TRIM_MARKER_LENGTH;
    this.position += RIGHT_DELIMITER.length;
    if (trims) this.position += this.spacesAfter(this.position);
    this.skip();
    return null;
  }

  private lexRightDelimiter(trims: boolean): Token {
    if (trims) {
      this.position += TRIM_MARKER_LENGTH;
      this.skip();
    }
    this.position += RIGHT_DELIMITER.length;
    const token = this.emit('right delimiter');
    if (trims) {
      this.position += this.spacesAfter(this.position);
      this.skip();
    }
    this.insideAction = false;
    return token;
  }

  private lexAction(): Token {
    const trims = this.isAtTrimmedRightDelimiter();
    if (trims || this.isAtRightDelimiter()) {
      return this.parenDepth === 0 ? this.lexRightDelimiter(trims) : this.fail('unclosed left paren');
    }
    const rune = this.peek();
    if (isSpace(rune)) return this.lexSpace();
    this.next();
    switch (rune) {
      case EOF:
        return this.fail('unclosed action');
      case 0x3d: // =
        return this.emit('assign');
      case 0x3a: // :
        return this.next() === 0x3d ? this.emit('declare') : this.fail('expected :=');
      case 0x7c: // |
        return this.emit('pipe');
      case 0x22: // "
        return this.lexQuoted(0x22, 'string', 'unterminated quoted string');
      case 0x27: // '
        return this.lexQuoted(0x27, 'character constant', 'unterminated character constant');
      case 0x60: // `
        return this.lexRawString();
      case 0x24: // $
        return this.lexFieldOrVariable('variable');
      case 0x28: // (
        this.parenDepth += 1;
        return this.emit('left parenthesis');
      case 0x29: // )
        this.parenDepth -= 1;
        return this.parenDepth < 0 ? this.fail('unexpected right paren') : this.emit('right parenthesis');
      case 0x2e: // . begins a number only before a digit
        if (this.position < this.input.length && !isDecimalDigit(this.input.charCodeAt(this.position))) {
          return this.lexFieldOrVariable('field');
        }
        return this.lexNumber();
      default:
        return this.lexOther(rune);
    }
  }

  private lexOther(rune: number): Token {
    if (rune === 0x2b || rune === 0x2d || isDecimalDigit(rune)) return this.lexNumber();
    if (isAlphaNumeric(rune)) return this.lexIdentifier();
    if (rune < 0x80 && isPrint(rune)) return this.emit('character');
    return this.fail(sprintf('unrecognized character in action: %#U', [new GoInt(rune)]));
  }

  /** A run of spaces, less the last one when that belongs to a trim-marked right delimiter. */
  private lexSpace(): Token {
    const from = this.position;
    while (isSpace(this.peek())) this.next();
    if (this.isTrimmedRightDelimiterAt(this.position - 1)) {
      this.position -= 1;
      if (this.input[this.position] === '\n') this.line -= 1;
      if (this.position === from) return this.lexRightDelimiter(true);
    }
    return this.emit('space');
  }

  private lexIdentifier(): Token {
    while (isAlphaNumeric(this.peek())) this.next();
    const word = this.input.slice(this.start, this.position);
    if (!this.isAtTerminator()) return this.badCharacter();
    if (isKeyword(word)) return this.emit(word);
    return this.emit(word === 'true' || word === 'false' ? 'bool' : 'identifier');
  }

  private lexFieldOrVariable(type: 'field' | 'variable'): Token {
    if (this.isAtTerminator()) return this.emit(type === 'variable' ? 'variable' : '.');
    while (isAlphaNumeric(this.peek())) this.next();
    return this.isAtTerminator() ? this.emit(type) : this.badCharacter();
  }

  private lexQuoted(mark: number, type: TokenType, unterminated: string): Token {
    for (;;) {
      let rune = this.next();
      if (rune === mark) return this.emit(type);
      const escaped = rune === 0x5c;
      if (escaped) rune = this.next();
      if (rune === EOF || rune === 0x0a) return this.fail(unterminated);
    }
  }

  private lexRawString(): Token {
    const end = this.input.indexOf('`', this.position);
    this.position = end < 0 ? this.input.length : end + 1;
    if (end < 0) return this.fail('unterminated raw quoted string');
    this.countLines();
    return this.emit('raw string');
  }

  private lexNumber(): Token {
    this.position = this.start;
    if (!this.scanNumber()) return this.badNumber();
    if (!SIGNS.has(this.peek())) return this.emit('number');
    // Complex: 1+2i, without spaces.
    if (!this.scanNumber() || this.input[this.position - 1] !== 'i') return this.badNumber();
    return this.emit('complex');
  }

  private scanNumber(): boolean {
    this.accept(SIGNS);
    let digits = DECIMAL;
    if (this.acceptOne('0', '0')) {
      if (this.acceptOne('x', 'X')) digits = HEXADECIMAL;
      else if (this.acceptOne('o', 'O')) digits = OCTAL;
      else if (this.acceptOne('b', 'B')) digits = BINARY;
    }
    this.acceptRun(digits);
    if (this.acceptOne('.', '.')) this.acceptRun(digits);
    if ((digits === DECIMAL && this.acceptOne('e', 'E')) || (digits === HEXADECIMAL && this.acceptOne('p', 'P'))) {
      this.accept(SIGNS);
      this.acceptRun(DECIMAL);
    }
    this.acceptOne('i', 'i');
    if (!isAlphaNumeric(this.peek())) return true;
    this.next();
    return false;
  }

  private badNumber(): Token {
    return this.fail(sprintf('bad number syntax: %q', [this.input.slice(this.start, this.position)]));
  }

  private badCharacter(): Token {
    return this.fail(sprintf('bad character %#U', [new GoInt(this.peek())]));
  }

  /** The rune here, EOF at the end; a byte that is not valid UTF-8 is U+FFFD. */
  private peek(): number {
    const rune = this.input.codePointAt(this.position) ?? EOF;
    return rune >= 0xdc80 && rune <= 0xdcff ? RUNE_ERROR : rune;
  }

  private next(): number {
    const rune = this.peek();
    if (rune === EOF) return rune;
    this.position += rune > 0xffff ? 2 : 1;
    if (rune === 0x0a) this.line += 1;
    return rune;
  }

  private accept(valid: ReadonlySet<number>): boolean {
    if (!valid.has(this.input.charCodeAt(this.position))) return false;
    this.position += 1;
    return true;
  }

  private acceptOne(lower: string, upper: string): boolean {
    const unit = this.input[this.position];
    if (unit !== lower && unit !== upper) return false;
    this.position += 1;
    return true;
  }

  private acceptRun(valid: ReadonlySet<number>): void {
    while (this.accept(valid));
  }

  private isAtTerminator(): boolean {
    const rune = this.peek();
    return rune === EOF || isSpace(rune) || TERMINATORS.has(rune) || this.isAtRightDelimiter();
  }

  private isAtRightDelimiter(): boolean {
    return this.input.startsWith(RIGHT_DELIMITER, this.position);
  }

  private isAtTrimmedRightDelimiter(): boolean {
    return this.isTrimmedRightDelimiterAt(this.position);
  }

  private isTrimmedRightDelimiterAt(at: number): boolean {
    return (
      this.input[at + 1] === '-' &&
      isSpace(this.input.charCodeAt(at)) &&
      this.input.startsWith(RIGHT_DELIMITER, at + TRIM_MARKER_LENGTH)
    );
  }

  private hasLeftTrimMarker(at: number): boolean {
    return this.input[at] === '-' && isSpace(this.input.charCodeAt(at + 1));
  }

  private spacesBefore(end: number): number {
    let at = end;
    while (at > this.start && isSpace(this.input.charCodeAt(at - 1))) at -= 1;
    return end - at;
  }

  private spacesAfter(from: number): number {
    let at = from;
    while (isSpace(this.input.charCodeAt(at))) at += 1;
    return at - from;
  }

  private emit(type: TokenType): Token {
    const text = this.input.slice(this.start, this.position);
    const token = { type, position: this.start, text, line: this.startLine };
    this.start = this.position;
    this.startLine = this.line;
    return token;
  }

  /** An error ends the input: whatever is asked for next is the end of an unclosed action. */
  private fail(message: string): Token {
    const token: Token = { type: 'error', position: this.start, text: message, line: this.startLine };
    this.start = 0;
    this.position = 0;
    this.input = '';
    return token;
  }

  private skip(): void {
    this.countLines();
    this.start = this.position;
    this.startLine = this.line;
  }

  /** Counts the newlines from the token's start, for text that `next` did not go through. */
  private countLines(): void {
    for (let at = this.start; at < this.position; at++) if (this.input.charCodeAt(at) === 0x0a) this.line += 1;
  }
}

function isSpace(rune: number): boolean {
  return rune === 0x20 || rune === 0x09 || rune === 0x0d || rune === 0x0a;
}

function isDecimalDigit(rune: number): boolean {
  return rune >= 0x30 && rune <= 0x39;
}

function isAlphaNumeric(rune: number): boolean {
  return rune >= 0 && (rune === 0x5f || isLetter(rune) || isDigit(rune));
}
