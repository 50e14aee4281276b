// Whether a text is one mail address as Go's net/mail takes it (`mail.ParseAddress`): RFC 5322 with names, comments,
// quoted and bracketed parts, one address in a group, and RFC 6532's letters beyond ASCII.
import { hasBrokenBytes } from '../go/text.ts';

const SPECIALS = '()<>[]:;@\\,"';

export function isMailAddress(text: string): boolean {
  if (hasBrokenBytes(text)) return false;
  const parser = new AddressParser(text);
  const count = parser.address(true);
  return count === 1 && parser.skipSpaceAndComments() && parser.atEnd();
}

class AddressParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Number of addresses read, or null where there is none. */
  address(groupAllowed: boolean): number | null {
    this.#skipSpace();
    if (this.atEnd()) return null;
    if (this.#addressSpec()) {
      this.#skipSpace();
      if (this.#peek() !== '(') return 1;
      this.#at += 1;
      return this.#comment() ? 1 : null;
    }
    if (this.#peek() !== '<' && !this.#phrase()) return null;
    this.#skipSpace();
    if (groupAllowed && this.#take(':')) return this.#group();
    return this.#take('<') && this.#addressSpec() && this.#take('>') ? 1 : null;
  }

  skipSpaceAndComments(): boolean {
    this.#skipSpace();
    while (this.#take('(')) {
      if (!this.#comment()) return false;
      this.#skipSpace();
    }
    return true;
  }

  #group(): number | null {
    this.#skipSpace();
    if (this.#take(';')) return this.skipSpaceAndComments() ? 0 : null;
    for (let count = 0; ;) {
      this.#skipSpace();
      const read = this.address(false);
      if (read === null || !this.skipSpaceAndComments()) return null;
      count += read;
      if (this.#take(';')) return this.skipSpaceAndComments() ? count : null;
      if (!this.#take(',')) return null;
    }
  }

  #addressSpec(): boolean {
    const start = this.#at;
    const read = this.#localPart() && this.#take('@') && this.#domain();
    if (!read) this.#at = start;
    return read;
  }

  #localPart(): boolean {
    this.#skipSpace();
    if (this.#peek() !== '"') return this.#dotAtom();
    const content = this.#quotedString();
    return content !== null && content !== '';
  }

  #domain(): boolean {
    this.#skipSpace();
    if (!this.#take('[')) return this.#dotAtom();
    const start = this.#at;
    while (!this.atEnd() && this.#peek() !== ']') {
      if (!isVisible(this.#peek()) || '[\\'.includes(this.#peek())) return false;
      this.#at += this.#peek().length;
    }
    const literal = this.#text.slice(start, this.#at);
    return this.#take(']') && isIpAddress(literal);
  }

  /** At least one word; what cannot be a word ends it. */
  #phrase(): boolean {
    for (let words = 0; ; words++) {
      if (words > 0 && !this.skipSpaceAndComments()) return false;
      this.#skipSpace();
      if (this.atEnd()) return true;
      const read = this.#peek() === '"' ? this.#quotedString() !== null : this.#word();
      if (!read) return words > 0;
    }
  }

  #word(): boolean {
    const atom = this.#atom();
    return atom !== '' && !isOfUnknownCharset(atom);
  }

  #dotAtom(): boolean {
    const atom = this.#atom();
    return atom !== '' && !atom.startsWith('.') && !atom.endsWith('.') && !atom.includes('..');
  }

  #atom(): string {
    const start = this.#at;
    while (!this.atEnd() && isVisible(this.#peek()) && !SPECIALS.includes(this.#peek()))
      this.#at += this.#peek().length;
    return this.#text.slice(start, this.#at);
  }

  #quotedString(): string | null {
    let content = '';
    let at = this.#at + 1;
    for (let escaped = false; ;) {
      const character = this.#characterAt(at);
      if (character === '') return null;
      at += character.length;
      if (escaped) {
        if (!isVisible(character) && !isSpace(character)) return null;
        content += character;
        escaped = false;
      } else if (character === '"') {
        this.#at = at;
        return content;
      } else if (character === '\\') {
        escaped = true;
      } else if (isVisible(character) || isSpace(character)) {
        content += character;
      } else {
        return null;
      }
    }
  }

  /** Behind its "(": to the ")" that closes it. */
  #comment(): boolean {
    for (let depth = 1; !this.atEnd(); this.#at += 1) {
      const character = this.#text.charAt(this.#at);
      if (character === '\\' && this.#at + 1 < this.#text.length) this.#at += 1;
      else if (character === '(') depth += 1;
      else if (character === ')') depth -= 1;
      if (depth === 0) {
        this.#at += 1;
        return true;
      }
    }
    return false;
  }

  #skipSpace(): void {
    while (isSpace(this.#peek())) this.#at += 1;
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #peek(): string {
    return this.#characterAt(this.#at);
  }

  /** A whole character, empty at the end. */
  #characterAt(at: number): string {
    const code = this.#text.codePointAt(at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t';
}

function isVisible(character: string): boolean {
  return (character >= '!' && character <= '~') || (character.codePointAt(0) ?? 0) >= 0x80;
}

const CHARSETS: readonly string[] = ['utf-8', 'iso-8859-1', 'us-ascii'];

/** An encoded word (RFC 2047) that can be decoded but for its charset; one that is broken otherwise is an ordinary word. */
function isOfUnknownCharset(word: string): boolean {
  const [, charset = '', encoding = '', text = ''] = /^=\?([^?]+)\?([bBqQ])\?([^?]*)\?=$/.exec(word) ?? [];
  if (charset === '' || CHARSETS.includes(charset.toLowerCase())) return false;
  return encoding.toLowerCase() === 'b'
    ? /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
    : /^(?:=[0-9A-Fa-f]{2}|[!-<>-~])*$/.test(text);
}

/** Go's net.ParseIP, without its rarest form (an IPv6 address that ends in an IPv4 one). */
function isIpAddress(text: string): boolean {
  const octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
  if (new RegExp(String.raw`^${octet}(?:\.${octet}){3}$`).test(text)) return true;
  const sides = text.split('::');
  if (sides.length > 2) return false;
  const groups = sides.flatMap((side) => (side === '' ? [] : side.split(':')));
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return sides.length === 2 ? groups.length < 8 : groups.length === 8;
}
