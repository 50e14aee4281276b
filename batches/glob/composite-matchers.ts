// Matchers made of matchers: alternatives, conditions that must all hold, a row of fixed length, and the search tree.
import { sliceBeyond } from './error.ts';
import type { Found, Matcher } from './matcher.ts';
import type { Subject } from './subject.ts';

export class AnyOfMatcher implements Matcher {
  readonly runes: number;
  readonly matchers: readonly Matcher[];

  constructor(matchers: readonly Matcher[]) {
    this.matchers = matchers;
    this.runes = commonRunes(matchers);
  }

  match(subject: Subject, start: number, end: number): boolean {
    subject.budget.spend(this.matchers.length);
    return this.matchers.some((matcher) => matcher.match(subject, start, end));
  }

  find(subject: Subject, start: number, end: number): Found | null {
    let first: Found | null = null;
    subject.budget.spend(this.matchers.length);
    for (const matcher of this.matchers) {
      const found = matcher.find(subject, start, end);
      if (found === null) continue;
      if (first === null || found.at < first.at) first = found;
      else if (found.at === first.at) first = { at: found.at, lengths: merged(first.lengths, found.lengths) };
    }
    if (first !== null) subject.budget.spend(first.lengths.length);
    return first;
  }
}

/** A leading alternative of no fixed length is overlooked, as in gobwas/glob. */
function commonRunes(matchers: readonly Matcher[]): number {
  let common = -1;
  for (const { runes } of matchers) {
    if (common === -1) common = runes;
    else if (runes !== common) return -1;
  }
  return common;
}

/** Merges two sorted lists without repeating what stands in both at the same turn. */
function merged(left: readonly number[], right: readonly number[]): number[] {
  const out: number[] = [];
  let x = 0;
  let y = 0;
  while (x < left.length || y < right.length) {
    const a = left[x] ?? Infinity;
    const b = right[y] ?? Infinity;
    out.push(Math.min(a, b));
    if (a <= b) x += 1;
    if (b <= a) y += 1;
  }
  return out;
}

/** Only ever made of MinMatcher, MaxMatcher and ContainsMatcher (negated), which all find something at 0 or nothing. */
export class EveryOfMatcher implements Matcher {
  readonly runes = -1;
  readonly #matchers: readonly Matcher[];

  constructor(matchers: readonly Matcher[]) {
    this.#matchers = matchers;
  }

  match(subject: Subject, start: number, end: number): boolean {
    return this.#matchers.every((matcher) => matcher.match(subject, start, end));
  }

  find(subject: Subject, start: number, end: number): Found | null {
    let common: readonly number[] | null = null;
    for (const matcher of this.#matchers) {
      const found = matcher.find(subject, start, end);
      if (found === null) return null;
      const lengths = new Set(found.lengths);
      common = common === null ? found.lengths : common.filter((length) => lengths.has(length));
      subject.budget.spend(lengths.size);
      if (common.length === 0) return null;
    }
    return { at: 0, lengths: common ?? [] };
  }
}

/** Matchers of fixed length one after the other. */
export class RowMatcher implements Matcher {
  readonly runes: number;
  readonly #matchers: readonly Matcher[];

  constructor(runes: number, matchers: readonly Matcher[]) {
    this.runes = runes;
    this.#matchers = matchers;
  }

  match(subject: Subject, start: number, end: number): boolean {
    let runes = 0;
    for (let at = start; at < end && runes <= this.runes; at += subject.widthAt(at, end)) runes += 1;
    subject.budget.spend(1 + (runes >>> 2));
    return runes === this.runes && this.#startsAt(subject, start, end);
  }

  find(subject: Subject, start: number, end: number): Found | null {
    for (let at = start; at < end; at += subject.widthAt(at, end)) {
      if (end - at < this.runes) break;
      // The length is counted in characters but used as bytes.
      if (this.#startsAt(subject, at, end)) return { at: at - start, lengths: [this.runes] };
    }
    return null;
  }

  #startsAt(subject: Subject, start: number, end: number): boolean {
    let from = start;
    for (const matcher of this.#matchers) {
      let last = from;
      let runes = 0;
      for (let at = from; at < end; at += subject.widthAt(at, end)) {
        last = at;
        runes += 1;
        if (runes === matcher.runes) break;
      }
      subject.budget.spend(1 + (runes >>> 2));
      if (runes < matcher.runes) return false;
      // Cuts behind the first byte of the last character, and beyond the text where nothing is left for an empty matcher.
      if (last + 1 > end) throw sliceBeyond(last + 1 - start, end - start);
      if (!matcher.match(subject, from, last + 1)) return false;
      from = last + 1;
    }
    return true;
  }
}

/** Looks for `value`, and asks `left` and `right` (null: nothing may be there) about what stands beside it. */
export class TreeMatcher implements Matcher {
  readonly runes: number;
  readonly value: Matcher;
  readonly left: Matcher | null;
  readonly right: Matcher | null;

  constructor(value: Matcher, left: Matcher | null, right: Matcher | null) {
    this.value = value;
    this.left = left;
    this.right = right;
    const parts = [value.runes, left?.runes ?? 0, right?.runes ?? 0];
    this.runes = parts.includes(-1) ? -1 : parts.reduce((sum, runes) => sum + runes, 0);
  }

  match(subject: Subject, start: number, end: number): boolean {
    if (this.runes > end - start) return false;
    return subject.remember(this, start, end, () => this.#search(subject, start, end));
  }

  /** gobwas/glob never wrote this one: a tree inside of alternatives is not found. */
  find(): null {
    return null;
  }

  #search(subject: Subject, start: number, end: number): boolean {
    let offset = start + Math.max(this.left?.runes ?? 0, 0);
    const limit = end - Math.max(this.right?.runes ?? 0, 0);
    while (offset < limit) {
      const found = this.value.find(subject, offset, limit);
      if (found === null) return false;
      const at = offset + found.at;
      if (matchesOrEmpty(this.left, subject, start, at) && this.#rightMatches(subject, at, end, found.lengths)) {
        return true;
      }
      offset = at + subject.widthAt(at, end);
    }
    return false;
  }

  #rightMatches(subject: Subject, at: number, end: number, lengths: readonly number[]): boolean {
    for (let i = lengths.length - 1; i >= 0; i--) {
      const from = Math.min(at + (lengths[i] ?? 0), end);
      subject.budget.spend(1);
      if (matchesOrEmpty(this.right, subject, from, end)) return true;
    }
    return false;
  }
}

function matchesOrEmpty(matcher: Matcher | null, subject: Subject, start: number, end: number): boolean {
  return matcher === null ? start === end : matcher.match(subject, start, end);
}
