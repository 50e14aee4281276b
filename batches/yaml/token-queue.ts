// Tokens that were scanned and not yet taken. Tokens are numbered over the whole stream, because a ":" turns an earlier
// one into a key after the fact.
import type { Token } from './tokens.ts';

const COMPACT_FROM = 1024;

export class TokenQueue {
  #tokens: Token[] = [];
  #head = 0;
  #taken = 0;

  /** Number of the token at the head. */
  get headNumber(): number {
    return this.#taken;
  }

  /** Number that the next appended token gets. */
  get nextNumber(): number {
    return this.#taken + this.waiting;
  }

  get waiting(): number {
    return this.#tokens.length - this.#head;
  }

  get last(): Token | undefined {
    return this.#tokens.at(-1);
  }

  append(token: Token): void {
    this.#tokens.push(token);
  }

  /** Puts the token before the one that has this number; at the end when that one was taken already. */
  insert(number: number, token: Token): void {
    if (number < this.#taken) this.append(token);
    else this.#tokens.splice(this.#head + number - this.#taken, 0, token);
  }

  first(): Token {
    const token = this.#tokens[this.#head];
    if (token === undefined) throw new Error('no token waits');
    return token;
  }

  dropFirst(): void {
    this.#head += 1;
    this.#taken += 1;
    if (this.#head < COMPACT_FROM) return;
    this.#tokens = this.#tokens.slice(this.#head);
    this.#head = 0;
  }
}
