// Gluing neighbouring matchers into one, as gobwas/glob does to shorten a pattern: wildcards into a count of characters,
// matchers of fixed length into a row.
import { EveryOfMatcher, RowMatcher } from './composite-matchers.ts';
import type { Matcher } from './matcher.ts';
import { ListMatcher, MaxMatcher, MinMatcher, SingleMatcher, SuperMatcher } from './rune-matchers.ts';
import type { Budget } from './subject.ts';
import { ContainsMatcher } from './text-matchers.ts';

/** The matchers with stretches glued, the widest stretch first, until nothing more can be glued. */
export function glueAll(matchers: readonly Matcher[], budget: Budget): readonly Matcher[] {
  let current = matchers;
  for (;;) {
    const next = glueBest(current, budget);
    if (next.length === current.length) return next;
    current = next;
  }
}

function glueBest(matchers: readonly Matcher[], budget: Budget): readonly Matcher[] {
  let best: { readonly glued: Matcher; readonly from: number; readonly to: number } | null = null;
  for (let from = 0; from < matchers.length; from++) {
    for (let to = matchers.length; to > from; to--) {
      budget.spend(1 + ((to - from) >>> 3));
      const glued = glue(matchers.slice(from, to), budget);
      if (glued === null) continue;
      const longer = best !== null && best.glued.runes > -1 && glued.runes > -1 && glued.runes > best.glued.runes;
      if (best === null || longer || best.to - best.from < to - from) best = { glued, from, to };
    }
  }
  if (best === null) return matchers;
  return [...matchers.slice(0, best.from), best.glued, ...matchers.slice(best.to)];
}

/** One matcher for all of them, or null. */
export function glue(matchers: readonly Matcher[], budget: Budget): Matcher | null {
  if (matchers.length <= 1) return null;
  return glueAsCount(matchers, budget) ?? glueAsRow(matchers, budget);
}

function glueAsRow(matchers: readonly Matcher[], budget: Budget): Matcher | null {
  let runes = 0;
  for (const [index, matcher] of matchers.entries()) {
    if (matcher.runes === -1) {
      budget.spend(index);
      return null;
    }
    runes += matcher.runes;
  }
  budget.spend(matchers.length);
  return new RowMatcher(runes, matchers);
}

/** Only for wildcards, and for negated lists that all name the same characters in the same order. */
function glueAsCount(matchers: readonly Matcher[], budget: Budget): Matcher | null {
  let hasSuper = false;
  let min = 0;
  let excluded: string | null = null;
  for (const [index, matcher] of matchers.entries()) {
    budget.spend(1);
    const excludes = excludedBy(matcher);
    if (excludes === null || (index > 0 && excludes !== excluded)) return null;
    excluded = excludes;
    if (matcher instanceof SuperMatcher) hasSuper = true;
    else min += 1;
  }
  if (min === 0) return new SuperMatcher();
  if (hasSuper) return new MinMatcher(min);
  const every: Matcher[] = [new MinMatcher(min), new MaxMatcher(min)];
  // The list as one text, not character by character: `[!ab][!ab]` only refuses `ab`.
  if (excluded !== null && excluded !== '') every.push(new ContainsMatcher(Buffer.from(excluded), true));
  return new EveryOfMatcher(every);
}

function excludedBy(matcher: Matcher): string | null {
  if (matcher instanceof SuperMatcher || matcher instanceof SingleMatcher) return '';
  return matcher instanceof ListMatcher && matcher.not ? matcher.chars : null;
}
