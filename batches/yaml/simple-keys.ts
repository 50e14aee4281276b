// Simple keys: at each flow level the one token that a later ":" may turn into a key without a "?" before it.
import type { Cursor } from './cursor.ts';
import { START, scannerError, type Mark } from './error.ts';

/** A ":" must follow on the same line within this many characters (YAML 1.2, section 7.4). */
const LENGTH_MAX = 1024;

export interface SimpleKey {
  possible: boolean;
  /** Nothing but a key can stand here, so a missing ":" is an error. */
  readonly required: boolean;
  readonly tokenNumber: number;
  readonly mark: Mark;
}

export class SimpleKeys {
  readonly #cursor: Cursor;
  readonly #levels: SimpleKey[] = [{ possible: false, required: false, tokenNumber: 0, mark: START }];
  /** Levels by token number. libyaml's Go port forgets some entries late, which only makes it scan further ahead. */
  readonly #levelByToken = new Map<number, number>();

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  /** The key of the current level, if it is still possible at the cursor. */
  takeValid(): SimpleKey | null {
    const key = this.#levels.at(-1);
    if (key === undefined || !this.#isValid(key)) return null;
    key.possible = false;
    this.#levelByToken.delete(key.tokenNumber);
    return key;
  }

  save(tokenNumber: number, required: boolean): void {
    this.remove();
    this.#levels[this.#levels.length - 1] = { possible: true, required, tokenNumber, mark: this.#cursor.mark() };
    this.#levelByToken.set(tokenNumber, this.#levels.length - 1);
  }

  /** Something stands here that cannot belong to a key. */
  remove(): void {
    const key = this.#levels.at(-1);
    if (key?.possible !== true) return;
    if (key.required) throw this.#missingColon(key);
    key.possible = false;
    this.#levelByToken.delete(key.tokenNumber);
  }

  /** `tokenNumber` is that of the bracket; the port forgets the bracket's own key when nothing in it was one. */
  enterFlow(tokenNumber: number): void {
    this.#levels.push({ possible: false, required: false, tokenNumber, mark: this.#cursor.mark() });
  }

  leaveFlow(): void {
    const key = this.#levels.pop();
    if (key) this.#levelByToken.delete(key.tokenNumber);
  }

  /** Whether the token with this number may yet turn out to be a key. */
  mayBeKey(tokenNumber: number): boolean {
    const level = this.#levelByToken.get(tokenNumber);
    const key = level === undefined ? undefined : this.#levels[level];
    return key !== undefined && this.#isValid(key);
  }

  #isValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    if (key.mark.line >= this.#cursor.line && key.mark.index + LENGTH_MAX >= this.#cursor.index) return true;
    if (key.required) throw this.#missingColon(key);
    key.possible = false;
    return false;
  }

  #missingColon(key: SimpleKey): Error {
    return scannerError("could not find expected ':'", key.mark, this.#cursor.mark());
  }
}
