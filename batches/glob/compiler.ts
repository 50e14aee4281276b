// A glob's syntax tree to matchers, with the rewritings of gobwas/glob v0.2.3 (package compiler) for no separators.
import { withoutCommonParts } from './common-parts.ts';
import { AnyOfMatcher, TreeMatcher } from './composite-matchers.ts';
import { GlobError } from './error.ts';
import { glue, glueAll } from './glue.ts';
import type { Matcher } from './matcher.ts';
import type { BranchNode, GlobNode } from './parser.ts';
import { ListMatcher, NothingMatcher, RangeMatcher, SingleMatcher, SuperMatcher } from './rune-matchers.ts';
import type { Budget } from './subject.ts';
import { ContainsMatcher, PrefixMatcher, PrefixSuffixMatcher, SuffixMatcher, TextMatcher } from './text-matchers.ts';

/** Throws GlobError. */
export function compileNode(node: GlobNode, budget: Budget): Matcher {
  switch (node.kind) {
    case 'any-of': {
      budget.spend(node.children.length);
      const shorter = withoutCommonParts(node, budget);
      return shorter === null ? new AnyOfMatcher(compileChildren(node, budget)) : compileNode(shorter, budget);
    }
    case 'pattern':
      if (node.children.length === 0) return new NothingMatcher();
      return simplified(searchTree(glueAll(compileChildren(node, budget), budget), budget));
    case 'any': // without separators the same as `**`, yet no common part with it
    case 'super':
      return new SuperMatcher();
    case 'single':
      return new SingleMatcher();
    case 'nothing':
      return new NothingMatcher();
    case 'list':
      return simplified(new ListMatcher(node.chars, node.not));
    case 'range':
      return new RangeMatcher(node.lo, node.hi, node.not);
    case 'text':
      return new TextMatcher(node.text);
  }
}

function compileChildren(node: BranchNode, budget: Budget): Matcher[] {
  return node.children.map((child) => simplified(compileNode(child, budget)));
}

/** Splits at the longest matcher of fixed length, the last one of several. */
function searchTree(matchers: readonly Matcher[], budget: Budget): Matcher {
  budget.spend(matchers.length);
  const [first] = matchers;
  if (first === undefined) throw new GlobError('compile error: need at least one matcher');
  if (matchers.length === 1) return first;
  const glued = glue(matchers, budget);
  if (glued !== null) return glued;

  let split = -1;
  let longest = 0;
  for (const [index, { runes }] of matchers.entries()) {
    if (runes < longest) continue;
    longest = runes;
    split = index;
  }
  const value = matchers[split];
  if (value === undefined) return new TreeMatcher(first, null, searchTree(matchers.slice(1), budget));
  const before = matchers.slice(0, split);
  const behind = matchers.slice(split + 1);
  return new TreeMatcher(
    value,
    before.length > 0 ? searchTree(before, budget) : null,
    behind.length > 0 ? searchTree(behind, budget) : null,
  );
}

function simplified(matcher: Matcher): Matcher {
  if (matcher instanceof AnyOfMatcher) {
    const [only] = matcher.matchers;
    return matcher.matchers.length === 1 && only !== undefined ? only : matcher;
  }
  if (matcher instanceof ListMatcher) {
    return !matcher.not && Array.from(matcher.chars).length === 1 ? new TextMatcher(matcher.chars) : matcher;
  }
  return matcher instanceof TreeMatcher ? simplifiedTree(matcher) : matcher;
}

function simplifiedTree(tree: TreeMatcher): Matcher {
  const left = tree.left === null ? null : simplified(tree.left);
  const right = tree.right === null ? null : simplified(tree.right);
  const value = tree.value;
  if (value instanceof TextMatcher) {
    if (left === null && right === null) return value;
    if (left instanceof SuperMatcher && right instanceof SuperMatcher) return new ContainsMatcher(value.bytes, false);
    if (left instanceof SuperMatcher && right === null) return new SuffixMatcher(value.bytes);
    if (right instanceof SuperMatcher && left === null) return new PrefixMatcher(value.bytes);
    if (left === null && right instanceof SuffixMatcher) return new PrefixSuffixMatcher(value.bytes, right.suffix);
    if (right === null && left instanceof PrefixMatcher) return new PrefixSuffixMatcher(left.prefix, value.bytes);
  }
  return new TreeMatcher(value, left, right);
}
