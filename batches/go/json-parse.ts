// The syntax of JSON as Go's encoding/json scans it, with its error texts. Without recursion, since ten thousand levels
// are allowed.
import { JsonSyntaxError, readJsonLiteral } from './json-literal.ts';
import type { JsonExtent, JsonNode } from './json-node.ts';

export type ParsedJson =
  { readonly kind: 'parsed'; readonly node: JsonNode } | { readonly kind: 'error'; readonly message: string };

/** Go's maxNestingDepth. */
const DEPTH_MAX = 10_000;

export function parseJson(text: string, extent: JsonExtent): ParsedJson {
  try {
    return { kind: 'parsed', node: new JsonParser(text, extent).parse() };
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { kind: 'error', message: error.message };
    throw error;
  }
}

type Frame =
  | { readonly kind: 'array'; readonly start: number; readonly items: JsonNode[] }
  | { readonly kind: 'object'; readonly start: number; readonly members: [string, JsonNode][]; key: string };

class JsonParser {
  readonly #text: string;
  readonly #extent: JsonExtent;
  readonly #open: Frame[] = [];
  #at = 0;

  constructor(text: string, extent: JsonExtent) {
    this.#text = text;
    this.#extent = extent;
  }

  parse(): JsonNode {
    for (;;) {
      let node = this.#openOrRead();
      while (node !== null) {
        const frame = this.#open.at(-1);
        if (frame === undefined) return this.#finish(node);
        if (frame.kind === 'array') frame.items.push(node);
        else frame.members.push([frame.key, node]);
        node = this.#closeOrContinue(frame);
      }
    }
  }

  /** A complete value, or null when a list or object was opened whose first value comes next. */
  #openOrRead(): JsonNode | null {
    this.#skipSpace();
    const start = this.#at;
    const char = this.#text[start];
    if (char === undefined) return this.#ended();
    if (char === '[') {
      this.#enter({ kind: 'array', start, items: [] });
      this.#skipSpace();
      return this.#text[this.#at] === ']' ? this.#leave() : null;
    }
    if (char === '{') {
      const frame: Frame = { kind: 'object', start, members: [], key: '' };
      this.#enter(frame);
      this.#skipSpace();
      if (this.#text[this.#at] === '}') return this.#leave();
      frame.key = this.#readKey();
      return null;
    }
    const node = readJsonLiteral(this.#text, start, this.#extent);
    this.#at = node.end;
    return node;
  }

  /** After a value of `frame`: null when another one follows, else the list or object itself. */
  #closeOrContinue(frame: Frame): JsonNode | null {
    this.#skipSpace();
    const char = this.#text[this.#at];
    if (char === undefined) return this.#ended();
    if (char === (frame.kind === 'array' ? ']' : '}')) return this.#leave();
    if (char !== ',') {
      throw JsonSyntaxError.at(
        this.#text,
        this.#at,
        frame.kind === 'array' ? 'after array element' : 'after object key:value pair',
      );
    }
    this.#at += 1;
    if (frame.kind === 'object') frame.key = this.#readKey();
    return null;
  }

  #enter(frame: Frame): void {
    this.#open.push(frame);
    if (this.#open.length > DEPTH_MAX) throw JsonSyntaxError.at(this.#text, this.#at, 'exceeded max depth');
    this.#at += 1;
  }

  #leave(): JsonNode {
    const frame = this.#open.pop();
    if (frame === undefined) throw new Error('no list or object is open');
    this.#at += 1;
    const { start } = frame;
    return frame.kind === 'array'
      ? { kind: 'array', start, end: this.#at, items: frame.items }
      : { kind: 'object', start, end: this.#at, members: frame.members };
  }

  #readKey(): string {
    this.#skipSpace();
    const char = this.#text[this.#at];
    if (char === undefined) return this.#ended();
    if (char !== '"') throw JsonSyntaxError.at(this.#text, this.#at, 'looking for beginning of object key string');
    const node = readJsonLiteral(this.#text, this.#at, this.#extent);
    this.#at = node.end;
    this.#skipSpace();
    const colon = this.#text[this.#at];
    if (colon === undefined) return this.#ended();
    if (colon !== ':') throw JsonSyntaxError.at(this.#text, this.#at, 'after object key');
    this.#at += 1;
    return node.kind === 'string' ? node.value : '';
  }

  #finish(node: JsonNode): JsonNode {
    if (this.#extent === 'first') return node;
    this.#skipSpace();
    if (this.#at < this.#text.length) {
      throw JsonSyntaxError.at(this.#text, this.#at, 'after top-level value');
    }
    return node;
  }

  #ended(): never {
    if (this.#extent === 'whole') throw new JsonSyntaxError('unexpected end of JSON input');
    throw new JsonSyntaxError(/[^ \t\r\n]/.test(this.#text) ? 'unexpected EOF' : 'EOF');
  }

  #skipSpace(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }
}
