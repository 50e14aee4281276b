// What every matcher of a compiled glob can do. The classes and their odd answers are those of gobwas/glob v0.2.3
// (package match): its quirks come from how they are combined, so they are combined in the same way.
import type { Subject } from './subject.ts';

/** A place where a matcher found something: `at` from the start of the text, and the lengths in bytes it could take there. */
export interface Found {
  readonly at: number;
  readonly lengths: readonly number[];
}

export interface Matcher {
  /** Characters that this matcher takes, or -1 when that differs. */
  readonly runes: number;
  /** Whether the bytes from `start` to `end` match as a whole. */
  match(subject: Subject, start: number, end: number): boolean;
  /** The first place between `start` and `end`, or null. */
  find(subject: Subject, start: number, end: number): Found | null;
}

/** Every length at which a character ends, and `offset` itself, for the text from `start` to `end`. */
export function lengthsAtRunes(subject: Subject, start: number, end: number, offset: number): number[] {
  const lengths: number[] = [];
  for (let at = start; at < end; at += subject.widthAt(at, end)) lengths.push(offset + at - start);
  lengths.push(offset + end - start);
  subject.budget.spend(lengths.length);
  return lengths;
}
