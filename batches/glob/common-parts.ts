// `{abc*,abd*}` to `ab{c,d}*` on the syntax tree, as gobwas/glob does before it compiles alternatives. Which parts it
// takes for common, and what becomes of alternatives that are used up, decides later quirks.
import { GlobError } from './error.ts';
import type { BranchNode, GlobNode } from './parser.ts';
import type { Budget } from './subject.ts';

/** The pattern that means the same with common parts pulled out, or null where there are none. */
export function withoutCommonParts(anyOf: BranchNode, budget: Budget): BranchNode | null {
  const alternatives: BranchNode[] = [];
  for (const child of anyOf.children) {
    if (child.kind !== 'pattern') return null;
    alternatives.push(child);
  }
  const { left, right } = commonParts(alternatives.map((alternative) => alternative.children));
  if (left.length === 0 && right.length === 0) return null;

  const children: GlobNode[] = [];
  if (left.length > 0) children.push({ kind: 'pattern', children: left });
  const rests = uniqueRests(alternatives, left.length, right.length, budget);
  const [only] = rests;
  if (rests.length > 1) children.push({ kind: 'any-of', children: rests });
  else if (only !== undefined && only.kind !== 'nothing') children.push(only);
  if (right.length > 0) children.push({ kind: 'pattern', children: right });
  return { kind: 'pattern', children };
}

function uniqueRests(alternatives: readonly BranchNode[], left: number, right: number, budget: Budget): GlobNode[] {
  const rests: GlobNode[] = [];
  const seen = new Set<string>();
  for (const { children } of alternatives) {
    const to = children.length - right;
    if (left > to) throw new GlobError(`runtime error: slice bounds out of range [${left}:${to}]`);
    const rest = children.slice(left, to);
    const node: GlobNode = rest.length === 0 ? { kind: 'nothing' } : { kind: 'pattern', children: rest };
    const written = JSON.stringify(node);
    budget.spend(1 + (written.length >>> 6));
    if (!seen.has(written)) rests.push(node);
    seen.add(written);
  }
  return rests;
}

/**
 * Walks the shortest list from both ends at once. After the left side has met a difference, the right side may go on over
 * the middle; the common total can only reach the length of the shortest list.
 */
function commonParts(lists: readonly (readonly GlobNode[])[]): { left: GlobNode[]; right: GlobNode[] } {
  const left: GlobNode[] = [];
  const right: GlobNode[] = [];
  if (lists.length <= 1) return { left, right };
  const shortest = lists.reduce((least, list) => (list.length < least.length ? list : least));
  const length = shortest.length;
  let leftEnded = false;
  let rightEnded = false;
  for (let i = 0; i < length && left.length + right.length < length && !(leftEnded && rightEnded); i++) {
    const j = length - 1 - i;
    for (const list of lists) {
      if (leftEnded && rightEnded) break;
      if (list === shortest) continue;
      leftEnded ||= !sameNode(shortest[i], list[i]);
      rightEnded ||= !leftEnded && j <= i;
      rightEnded ||= !sameNode(shortest[j], list[list.length - length + j]);
    }
    const fromLeft = shortest[i];
    const fromRight = shortest[j];
    if (!leftEnded && fromLeft !== undefined) left.push(fromLeft);
    if (!rightEnded && fromRight !== undefined) right.unshift(fromRight);
  }
  return { left, right };
}

function sameNode(a: GlobNode | undefined, b: GlobNode | undefined): boolean {
  if (a === undefined || b === undefined || a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'pattern':
    case 'any-of':
      return (
        'children' in b &&
        a.children.length === b.children.length &&
        a.children.every((child, index) => sameNode(child, b.children[index]))
      );
    case 'text':
      return b.kind === 'text' && a.text === b.text;
    case 'list':
      return b.kind === 'list' && a.chars === b.chars && a.not === b.not;
    case 'range':
      return b.kind === 'range' && a.lo === b.lo && a.hi === b.hi && a.not === b.not;
    case 'nothing':
    case 'any':
    case 'super':
    case 'single':
      return true;
  }
}
