// Characters to tokens, in the order in which libyaml's Go port (gopkg.in/yaml.v3 v3.0.1) does it. The order is kept
// because it decides which of several errors is reported, and at which line:
//   1. Tokens are fetched until two wait behind the one that is asked for, and while it may turn out to be a key.
//   2. A change of indentation closes blocks before the next token is looked at.
//   3. Comments carry no meaning here, but where they are passed over decides where tabs are tolerated.
import { isBlank, isBlankBreakOrEnd, isBreak, isTab } from './characters.ts';
import { scanBlockScalar } from './block-scalar.ts';
import { skipComments, skipTrailingComment } from './comments.ts';
import type { Cursor } from './cursor.ts';
import { START, scannerError, type Mark, type YamlError } from './error.ts';
import { scanPlainScalar } from './plain-scalar.ts';
import { scanQuotedScalar } from './quoted-scalar.ts';
import { SimpleKeys } from './simple-keys.ts';
import { scanAnchor, scanDirective, scanTag } from './tag-scanner.ts';
import { TokenQueue } from './token-queue.ts';
import type { MarkerType, Token } from './tokens.ts';

const DEPTH_MAX = 10_000;
const LOOKAHEAD_TOKENS = 2;
const BYTE_ORDER_MARK = 0xfeff;
const HASH = '#'.charCodeAt(0);
const HYPHEN = '-'.charCodeAt(0);
/** What no plain scalar starts with. "-", "?" and ":" do when something follows them directly. */
const INDICATORS: ReadonlySet<string> = new Set(Array.from('-?:,[]{}#&*!|>\'"%@`'));

export class Scanner {
  readonly #cursor: Cursor;
  readonly #queue = new TokenQueue();
  readonly #keys: SimpleKeys;
  /** Columns of the blocks around the current one. */
  readonly #indents: number[] = [];
  #indent = -1;
  #flowLevel = 0;
  #simpleKeyAllowed = true;
  #started = false;
  #available = false;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
    this.#keys = new SimpleKeys(cursor);
  }

  peek(): Token {
    if (!this.#available) this.#fetchEnough();
    return this.#queue.first();
  }

  skip(): void {
    this.#queue.dropFirst();
    this.#available = false;
  }

  #fetchEnough(): void {
    while (this.#queue.waiting <= LOOKAHEAD_TOKENS || this.#keys.mayBeKey(this.#queue.headNumber)) this.#fetchNext();
    this.#available = true;
  }

  #fetchNext(): void {
    const cursor = this.#cursor;
    if (!this.#started) {
      cursor.peek();
      this.#started = true;
      this.#queue.append({ type: 'stream-start', start: START, end: START });
      return;
    }
    const before = cursor.mark();
    this.#skipToNextToken();
    this.#closeBlocks(cursor.column, before);
    if (cursor.atEnd()) {
      this.#fetchStreamEnd();
      return;
    }
    if (cursor.column === 0 && cursor.peek() === '%'.charCodeAt(0)) {
      this.#leaveDocument();
      this.#queue.append(scanDirective(cursor));
      return;
    }
    if (cursor.atDocumentIndicator()) {
      const type = cursor.atDocumentStart() ? 'document-start' : 'document-end';
      this.#leaveDocument();
      this.#appendMarker(type, 3);
      return;
    }
    this.#fetchContent(String.fromCharCode(cursor.peek()));
    if (this.#queue.last?.type !== 'block-entry') skipTrailingComment(cursor);
  }

  #fetchContent(character: string): void {
    const fetch = this.#fetcherOf(character, this.#flowLevel > 0, isBlankBreakOrEnd(this.#cursor.peek(1)));
    if (fetch !== null) fetch();
    else if (this.#startsPlainScalar(character)) this.#fetchPlainScalar();
    else throw this.#notAllowed('found character that cannot start any token');
  }

  /** What to do with an indicator; null where the character is none in this place. */
  #fetcherOf(character: string, inFlow: boolean, spaceFollows: boolean): (() => void) | null {
    switch (character) {
      case '[':
        return () => this.#enterFlow('flow-sequence-start');
      case '{':
        return () => this.#enterFlow('flow-mapping-start');
      case ']':
        return () => this.#leaveFlow('flow-sequence-end');
      case '}':
        return () => this.#leaveFlow('flow-mapping-end');
      case ',':
        return () => this.#fetchFlowEntry();
      case '*':
        return () => this.#appendInline(() => scanAnchor(this.#cursor, 'alias'));
      case '&':
        return () => this.#appendInline(() => scanAnchor(this.#cursor, 'anchor'));
      case '!':
        return () => this.#appendInline(() => scanTag(this.#cursor));
      case "'":
      case '"':
        return () => this.#appendInline(() => scanQuotedScalar(this.#cursor));
      case '|':
      case '>':
        return inFlow ? null : () => this.#fetchBlockScalar();
      case '-':
        return spaceFollows ? () => this.#fetchBlockEntry() : null;
      case '?':
        return inFlow || spaceFollows ? () => this.#fetchKey() : null;
      case ':':
        return inFlow || spaceFollows ? () => this.#fetchValue() : null;
      default:
        return null;
    }
  }

  #startsPlainScalar(character: string): boolean {
    const first = this.#cursor.peek();
    const second = this.#cursor.peek(1);
    if (!INDICATORS.has(character)) return !isBlankBreakOrEnd(first);
    if (first === HYPHEN) return !isBlank(second);
    return this.#flowLevel === 0 && (character === '?' || character === ':') && !isBlankBreakOrEnd(second);
  }

  #skipToNextToken(): void {
    const cursor = this.#cursor;
    for (;;) {
      // The port looks for the mark at the start of its buffer, wherever it stands: only a second one is ever seen.
      if (cursor.position === 0 && cursor.peek() === BYTE_ORDER_MARK) cursor.skip();
      const tabsAllowed = this.#flowLevel > 0 || !this.#simpleKeyAllowed;
      while (isBlank(cursor.peek()) && (tabsAllowed || !isTab(cursor.peek()))) cursor.skip();
      if (cursor.peek() === HASH) skipComments(cursor);
      if (!isBreak(cursor.peek())) return;
      cursor.skipLine();
      if (this.#flowLevel === 0) this.#simpleKeyAllowed = true;
    }
  }

  #fetchStreamEnd(): void {
    this.#cursor.forceNewLine();
    this.#leaveDocument();
    this.#appendMarker('stream-end', 0);
  }

  #leaveDocument(): void {
    this.#closeBlocks(-1, this.#cursor.mark());
    this.#keys.remove();
    this.#simpleKeyAllowed = false;
  }

  #enterFlow(type: MarkerType): void {
    this.#saveKey();
    this.#keys.enterFlow(this.#queue.nextNumber);
    this.#flowLevel += 1;
    if (this.#flowLevel > DEPTH_MAX) throw this.#notAllowed(`exceeded max depth of ${DEPTH_MAX}`);
    this.#simpleKeyAllowed = true;
    this.#appendMarker(type, 1);
  }

  #leaveFlow(type: MarkerType): void {
    this.#keys.remove();
    if (this.#flowLevel > 0) {
      this.#flowLevel -= 1;
      this.#keys.leaveFlow();
    }
    this.#simpleKeyAllowed = false;
    this.#appendMarker(type, 1);
  }

  #fetchFlowEntry(): void {
    this.#keys.remove();
    this.#simpleKeyAllowed = true;
    this.#appendMarker('flow-entry', 1);
  }

  #fetchBlockEntry(): void {
    if (this.#flowLevel === 0) {
      if (!this.#simpleKeyAllowed) throw this.#notAllowed('block sequence entries are not allowed in this context');
      this.#openBlock('block-sequence-start', this.#cursor.mark(), null);
    }
    this.#keys.remove();
    this.#simpleKeyAllowed = true;
    this.#appendMarker('block-entry', 1);
  }

  #fetchKey(): void {
    if (this.#flowLevel === 0) {
      if (!this.#simpleKeyAllowed) throw this.#notAllowed('mapping keys are not allowed in this context');
      this.#openBlock('block-mapping-start', this.#cursor.mark(), null);
    }
    this.#keys.remove();
    this.#simpleKeyAllowed = this.#flowLevel === 0;
    this.#appendMarker('key', 1);
  }

  #fetchValue(): void {
    const key = this.#keys.takeValid();
    if (key !== null) {
      this.#queue.insert(key.tokenNumber, { type: 'key', start: key.mark, end: key.mark });
      this.#openBlock('block-mapping-start', key.mark, key.tokenNumber);
      this.#simpleKeyAllowed = false;
    } else {
      if (this.#flowLevel === 0) {
        if (!this.#simpleKeyAllowed) throw this.#notAllowed('mapping values are not allowed in this context');
        this.#openBlock('block-mapping-start', this.#cursor.mark(), null);
      }
      this.#simpleKeyAllowed = this.#flowLevel === 0;
    }
    this.#appendMarker('value', 1);
  }

  #fetchBlockScalar(): void {
    this.#keys.remove();
    this.#simpleKeyAllowed = true;
    this.#queue.append(scanBlockScalar(this.#cursor, this.#indent));
  }

  #fetchPlainScalar(): void {
    this.#saveKey();
    this.#simpleKeyAllowed = false;
    const { token, endedLine } = scanPlainScalar(this.#cursor, this.#indent, this.#flowLevel > 0);
    this.#queue.append(token);
    if (endedLine) this.#simpleKeyAllowed = true;
  }

  /** A token that may be a key and after which none may start on the same line. */
  #appendInline(scan: () => Token): void {
    this.#saveKey();
    this.#simpleKeyAllowed = false;
    this.#queue.append(scan());
  }

  #saveKey(): void {
    if (!this.#simpleKeyAllowed) return;
    const required = this.#flowLevel === 0 && this.#indent === this.#cursor.column;
    this.#keys.save(this.#queue.nextNumber, required);
  }

  #appendMarker(type: MarkerType, width: number): void {
    const start = this.#cursor.mark();
    for (let i = 0; i < width; i++) this.#cursor.skip();
    this.#queue.append({ type, start, end: this.#cursor.mark() });
  }

  /** Opens a block when `mark` stands right of the current one; its token goes before token `number`, null for the end. */
  #openBlock(type: MarkerType, mark: Mark, number: number | null): void {
    if (this.#flowLevel > 0 || this.#indent >= mark.column) return;
    this.#indents.push(this.#indent);
    this.#indent = mark.column;
    if (this.#indents.length > DEPTH_MAX) throw this.#notAllowed(`exceeded max depth of ${DEPTH_MAX}`);
    const token: Token = { type, start: mark, end: mark };
    if (number === null) this.#queue.append(token);
    else this.#queue.insert(number, token);
  }

  #closeBlocks(column: number, mark: Mark): void {
    if (this.#flowLevel > 0) return;
    while (this.#indent > column) {
      this.#queue.append({ type: 'block-end', start: mark, end: mark });
      this.#indent = this.#indents.pop() ?? -1;
    }
  }

  #notAllowed(problem: string): YamlError {
    const mark = this.#cursor.mark();
    return scannerError(problem, mark, mark);
  }
}
