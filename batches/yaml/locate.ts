// Finding a place again: from the path of a value to where it stands in the text.
import type { Mark } from './error.ts';
import { isMergeKey, type MappingNode, type Node } from './node.ts';

/** The mark of the key or item at the end of the path; where the path leaves the tree, of the last one within. */
export function markUnder(root: Node, path: readonly (string | number)[]): Mark {
  let mark = root.mark;
  let node = root;
  for (const segment of path) {
    const entry = entryOf(node, segment);
    if (entry === null) break;
    ({ mark, node } = entry);
  }
  return mark;
}

interface Entry {
  readonly mark: Mark;
  readonly node: Node;
}

function entryOf(node: Node, segment: string | number): Entry | null {
  const collection = node.kind === 'alias' ? node.target : node;
  if (collection.kind === 'sequence') {
    const item = typeof segment === 'number' ? collection.items[segment] : undefined;
    return item === undefined ? null : { mark: item.mark, node: item };
  }
  return collection.kind === 'mapping' ? memberOf(collection, String(segment)) : null;
}

/** Own keys before merged ones; one level of merging, which is all that a reader follows with the eye. */
function memberOf(mapping: MappingNode, name: string): Entry | null {
  const own = ownMember(mapping, name);
  if (own !== null) return own;
  for (const { key, value } of mapping.entries) {
    if (!isMergeKey(key)) continue;
    for (const source of value.kind === 'sequence' ? value.items : [value]) {
      const merged = source.kind === 'alias' ? source.target : source;
      const member = merged.kind === 'mapping' ? ownMember(merged, name) : null;
      if (member !== null) return member;
    }
  }
  return null;
}

function ownMember(mapping: MappingNode, name: string): Entry | null {
  for (const { key, value } of mapping.entries) {
    if (key.kind === 'scalar' && key.value === name) return { mark: key.mark, node: value };
  }
  return null;
}
