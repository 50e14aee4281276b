// The tokens of a glob pattern, read as gobwas/glob v0.2.3 reads them. Its look-ahead is kept step by step (a rune pushed
// back, a NUL taken for the end, an error that a later one replaces), because broken patterns get their error text from it.

export type TokenKind =
  | 'eof'
  | 'error'
  | 'text'
  | 'any'
  | 'super'
  | 'single'
  | 'not'
  | 'separator'
  | 'range-open'
  | 'range-close'
  | 'range-lo'
  | 'range-between'
  | 'range-hi'
  | 'terms-open'
  | 'terms-close';

export interface Token {
  readonly kind: TokenKind;
  readonly raw: string;
}

/** NUL doubles as the end of the pattern. */
const EOF = '\0';
const TEXT_BREAKERS = '?*[{';
const TERMS_BREAKERS = `${TEXT_BREAKERS}},`;

export class GlobLexer {
  readonly #runes: readonly string[];
  #at = 0;
  #error: string | null = null;
  #waiting: Token[] = [];
  #termsLevel = 0;
  #lastRune = '';
  #lastWidth = 0;
  #pushedBack = false;

  constructor(pattern: string) {
    this.#runes = Array.from(pattern);
  }

  next(): Token {
    for (;;) {
      if (this.#error !== null) return { kind: 'error', raw: this.#error };
      const token = this.#waiting.shift();
      if (token !== undefined) return token;
      this.#fetchItem();
    }
  }

  #peek(): { rune: string; width: number } {
    const rune = this.#runes[this.#at];
    if (rune === undefined) return { rune: EOF, width: 0 };
    if (isUnreadable(rune)) {
      this.#error = 'could not read rune';
      return { rune: EOF, width: 0 };
    }
    return { rune, width: 1 };
  }

  #read(): string {
    if (this.#pushedBack) {
      this.#pushedBack = false;
      this.#at += this.#lastWidth;
      return this.#lastRune;
    }
    const { rune, width } = this.#peek();
    this.#at += width;
    this.#lastRune = rune;
    this.#lastWidth = width;
    return rune;
  }

  #unread(): void {
    if (this.#pushedBack) {
      this.#error = 'could not unread rune';
      return;
    }
    this.#at -= this.#lastWidth;
    this.#pushedBack = true;
  }

  #push(kind: TokenKind, raw: string): void {
    this.#waiting.push({ kind, raw });
  }

  #fetchItem(): void {
    const inTerms = this.#termsLevel > 0;
    const rune = this.#read();
    if (rune === EOF) {
      this.#push('eof', '');
    } else if (rune === '{') {
      this.#termsLevel += 1;
      this.#push('terms-open', rune);
    } else if (rune === ',' && inTerms) {
      this.#push('separator', rune);
    } else if (rune === '}' && inTerms) {
      this.#push('terms-close', rune);
      this.#termsLevel -= 1;
    } else if (rune === '[') {
      this.#push('range-open', rune);
      this.#fetchRange();
    } else if (rune === '?') {
      this.#push('single', rune);
    } else if (rune === '*') {
      if (this.#read() === '*') {
        this.#push('super', '**');
      } else {
        this.#unread();
        this.#push('any', rune);
      }
    } else {
      this.#unread();
      this.#fetchText(inTerms ? TERMS_BREAKERS : TEXT_BREAKERS);
    }
  }

  #fetchRange(): void {
    let wantHi = false;
    let wantClose = false;
    let seenNot = false;
    for (;;) {
      const rune = this.#read();
      if (rune === EOF) {
        this.#error = 'unexpected end of input';
        return;
      }
      if (wantClose) {
        if (rune === ']') this.#push('range-close', rune);
        else this.#error = 'expected close range character';
        return;
      }
      if (wantHi) {
        this.#push('range-hi', rune);
        wantClose = true;
        continue;
      }
      if (!seenNot && rune === '!') {
        this.#push('not', rune);
        seenNot = true;
        continue;
      }
      const { rune: following, width } = this.#peek();
      if (following === '-') {
        this.#at += width;
        this.#push('range-lo', rune);
        this.#push('range-between', following);
        wantHi = true;
        continue;
      }
      this.#unread();
      this.#fetchText(']');
      wantClose = true;
    }
  }

  #fetchText(breakers: string): void {
    const data: string[] = [];
    let escaped = false;
    for (;;) {
      const rune = this.#read();
      if (rune === EOF) break;
      if (!escaped) {
        if (rune === '\\') {
          escaped = true;
          continue;
        }
        if (breakers.includes(rune)) {
          this.#unread();
          break;
        }
      }
      escaped = false;
      data.push(rune);
    }
    if (data.length > 0) this.#push('text', data.join(''));
  }
}

/** Bytes that are no UTF-8, and U+FFFD itself, which Go's decoder answers for them. */
function isUnreadable(rune: string): boolean {
  const code = rune.codePointAt(0) ?? 0;
  return code === 0xfffd || (code >= 0xd800 && code <= 0xdfff);
}
