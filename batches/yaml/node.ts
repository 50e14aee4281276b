// The tree of a document, as yaml.v3's Node: tags in their short form, scalars as written.
import type { Mark } from './error.ts';

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly tag: string;
  readonly value: string;
  readonly mark: Mark;
}

export interface SequenceNode {
  readonly kind: 'sequence';
  readonly tag: string;
  readonly items: Node[];
  readonly mark: Mark;
}

export interface MappingNode {
  readonly kind: 'mapping';
  readonly tag: string;
  readonly entries: { readonly key: Node; readonly value: Node }[];
  readonly mark: Mark;
}

export interface AliasNode {
  readonly kind: 'alias';
  readonly name: string;
  readonly target: Exclude<Node, AliasNode>;
  readonly mark: Mark;
}

export type Node = ScalarNode | SequenceNode | MappingNode | AliasNode;

const LONG_TAG_PREFIX = 'tag:yaml.org,2002:';

export function shortTag(tag: string): string {
  return tag.startsWith(LONG_TAG_PREFIX) ? `!!${tag.slice(LONG_TAG_PREFIX.length)}` : tag;
}

/** The tag of a node, or of what an alias stands for. */
export function tagOf(node: Node): string {
  return node.kind === 'alias' ? node.target.tag : node.tag;
}

export function isMergeKey(node: Node): boolean {
  return node.kind === 'scalar' && node.value === '<<' && node.tag === '!!merge';
}
