// Matchers that look for fixed texts: alone, and glued to a `*` before, behind or around them.
import { lengthsAtRunes, type Found, type Matcher } from './matcher.ts';
import { widthOfRune, type Subject } from './subject.ts';

export class TextMatcher implements Matcher {
  readonly runes: number;
  readonly text: string;
  readonly bytes: Uint8Array;

  constructor(text: string) {
    this.text = text;
    this.bytes = Buffer.from(text);
    this.runes = Array.from(text).length;
  }

  match(subject: Subject, start: number, end: number): boolean {
    return end - start === this.bytes.length && subject.startsWith(this.bytes, start, end);
  }

  find(subject: Subject, start: number, end: number): Found | null {
    const at = subject.indexOf(this.bytes, start, end);
    return at === -1 ? null : { at, lengths: [this.bytes.length] };
  }
}

/** `text*` */
export class PrefixMatcher implements Matcher {
  readonly runes = -1;
  readonly prefix: Uint8Array;

  constructor(prefix: Uint8Array) {
    this.prefix = prefix;
  }

  match(subject: Subject, start: number, end: number): boolean {
    return subject.startsWith(this.prefix, start, end);
  }

  find(subject: Subject, start: number, end: number): Found | null {
    const at = subject.indexOf(this.prefix, start, end);
    if (at === -1) return null;
    const length = this.prefix.length;
    const lengths = [length];
    const rest = start + at + length;
    for (let next = rest; next < end; next += subject.widthAt(next, end)) {
      lengths.push(length + next - rest + widthOfRune(subject.runeAt(next, end)));
    }
    subject.budget.spend(lengths.length);
    return { at, lengths };
  }
}

/** `*text` */
export class SuffixMatcher implements Matcher {
  readonly runes = -1;
  readonly suffix: Uint8Array;

  constructor(suffix: Uint8Array) {
    this.suffix = suffix;
  }

  match(subject: Subject, start: number, end: number): boolean {
    return subject.endsWith(this.suffix, start, end);
  }

  find(subject: Subject, start: number, end: number): Found | null {
    const at = subject.indexOf(this.suffix, start, end);
    return at === -1 ? null : { at: 0, lengths: [at + this.suffix.length] };
  }
}

/** `text*text`, whose two texts may overlap. */
export class PrefixSuffixMatcher implements Matcher {
  readonly runes = -1;
  readonly prefix: Uint8Array;
  readonly suffix: Uint8Array;

  constructor(prefix: Uint8Array, suffix: Uint8Array) {
    this.prefix = prefix;
    this.suffix = suffix;
  }

  match(subject: Subject, start: number, end: number): boolean {
    return subject.startsWith(this.prefix, start, end) && subject.endsWith(this.suffix, start, end);
  }

  find(subject: Subject, start: number, end: number): Found | null {
    const at = subject.indexOf(this.prefix, start, end);
    if (at === -1) return null;
    const from = start + at;
    const lengths: number[] = [];
    for (let to = end; ;) {
      const last = subject.lastIndexOf(this.suffix, from, to);
      if (last === -1) break;
      lengths.push(last + this.suffix.length);
      to = from + last;
    }
    subject.budget.spend(lengths.length);
    return lengths.length === 0 ? null : { at, lengths: lengths.reverse() };
  }
}

/** `*text*`, or the absence of a text: what is left of a row of `[!text]`. */
export class ContainsMatcher implements Matcher {
  readonly runes = -1;
  readonly needle: Uint8Array;
  readonly not: boolean;

  constructor(needle: Uint8Array, not: boolean) {
    this.needle = needle;
    this.not = not;
  }

  match(subject: Subject, start: number, end: number): boolean {
    return (subject.indexOf(this.needle, start, end) !== -1) !== this.not;
  }

  find(subject: Subject, start: number, end: number): Found | null {
    const at = subject.indexOf(this.needle, start, end);
    if (this.not) {
      return { at: 0, lengths: lengthsAtRunes(subject, start, at === -1 ? end : start + at, 0) };
    }
    if (at === -1) return null;
    const offset = at + this.needle.length;
    return { at: 0, lengths: lengthsAtRunes(subject, start + offset, end, offset) };
  }
}
