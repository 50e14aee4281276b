// Matchers that count or judge characters: `?`, `[..]`, `*`, and what rows of them are glued to. As in gobwas/glob, those
// of one character also take the empty text unless a list or range asks for a character that is in it.
import { lengthsAtRunes, type Found, type Matcher } from './matcher.ts';
import { widthOfRune, type Subject } from './subject.ts';

abstract class RuneMatcher implements Matcher {
  readonly runes = 1;

  protected abstract takes(rune: number): boolean;

  match(subject: Subject, start: number, end: number): boolean {
    return end - start <= subject.widthAt(start, end) && this.takes(subject.runeAt(start, end));
  }

  find(subject: Subject, start: number, end: number): Found | null {
    for (let at = start; at < end; at += subject.widthAt(at, end)) {
      const rune = subject.runeAt(at, end);
      if (this.takes(rune)) {
        subject.budget.spend(1 + ((at - start) >>> 2));
        return { at: at - start, lengths: [widthOfRune(rune)] };
      }
    }
    subject.budget.spend(1 + ((end - start) >>> 2));
    return null;
  }
}

/** `?` */
export class SingleMatcher extends RuneMatcher {
  protected takes(): boolean {
    return true;
  }
}

/** `[abc]` */
export class ListMatcher extends RuneMatcher {
  readonly chars: string;
  readonly not: boolean;
  readonly #runes: ReadonlySet<number>;

  constructor(chars: string, not: boolean) {
    super();
    this.chars = chars;
    this.not = not;
    this.#runes = new Set(Array.from(chars, (char) => char.codePointAt(0) ?? 0));
  }

  protected takes(rune: number): boolean {
    return this.#runes.has(rune) !== this.not;
  }
}

/** `[a-z]` */
export class RangeMatcher extends RuneMatcher {
  readonly #lo: number;
  readonly #hi: number;
  readonly #not: boolean;

  constructor(lo: number, hi: number, not: boolean) {
    super();
    this.#lo = lo;
    this.#hi = hi;
    this.#not = not;
  }

  protected takes(rune: number): boolean {
    return (rune >= this.#lo && rune <= this.#hi) !== this.#not;
  }
}

/** `*` and `**`: anything. */
export class SuperMatcher implements Matcher {
  readonly runes = -1;

  match(): boolean {
    return true;
  }

  find(subject: Subject, start: number, end: number): Found {
    return { at: 0, lengths: lengthsAtRunes(subject, start, end, 0) };
  }
}

/** An empty alternative. */
export class NothingMatcher implements Matcher {
  readonly runes = 0;

  match(_subject: Subject, start: number, end: number): boolean {
    return start === end;
  }

  find(): Found {
    return { at: 0, lengths: [0] };
  }
}

/** At least `limit` characters. */
export class MinMatcher implements Matcher {
  readonly runes = -1;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  match(subject: Subject, start: number, end: number): boolean {
    let count = 0;
    for (let at = start; at < end; at += subject.widthAt(at, end)) {
      count += 1;
      if (count >= this.#limit) break;
    }
    subject.budget.spend(1 + (count >>> 2));
    return count >= this.#limit;
  }

  find(subject: Subject, start: number, end: number): Found | null {
    if (end - start < this.#limit) return null;
    const lengths: number[] = [];
    let count = 0;
    for (let at = start; at < end; at += subject.widthAt(at, end)) {
      count += 1;
      if (count >= this.#limit) lengths.push(at - start + widthOfRune(subject.runeAt(at, end)));
    }
    subject.budget.spend(1 + count);
    return lengths.length === 0 ? null : { at: 0, lengths };
  }
}

/** At most `limit` characters. */
export class MaxMatcher implements Matcher {
  readonly runes = -1;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  match(subject: Subject, start: number, end: number): boolean {
    let count = 0;
    for (let at = start; at < end && count <= this.#limit; at += subject.widthAt(at, end)) count += 1;
    subject.budget.spend(1 + (count >>> 2));
    return count <= this.#limit;
  }

  find(subject: Subject, start: number, end: number): Found {
    const lengths = [0];
    for (let at = start; at < end && lengths.length <= this.#limit; at += subject.widthAt(at, end)) {
      lengths.push(at - start + widthOfRune(subject.runeAt(at, end)));
    }
    subject.budget.spend(lengths.length);
    return { at: 0, lengths };
  }
}
