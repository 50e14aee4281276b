// Events of the first document to its tree, without recursion: depth is bounded by the scanner alone.
import { YamlError } from './error.ts';
import type { Event } from './events.ts';
import { shortTag, type AliasNode, type MappingNode, type Node, type SequenceNode } from './node.ts';
import type { Parser } from './parser.ts';
import { resolveTag } from './resolve.ts';

type Anchored = Exclude<Node, AliasNode>;

/** A mapping while its next key waits for its value. */
interface OpenMapping {
  readonly node: MappingNode;
  key: Node | null;
}

type Open = { readonly node: SequenceNode } | OpenMapping;

/** The root of the first document, or null for a stream without one. */
export function composeFirst(parser: Parser): Node | null {
  if (parser.next().type === 'stream-end') return null;
  const root = composeRoot(parser);
  parser.next(); // The end of the document must be readable too.
  return root;
}

function composeRoot(parser: Parser): Node {
  const anchors = new Map<string, Anchored>();
  const open: Open[] = [];
  for (;;) {
    const event = parser.next();
    const ended = event.type === 'sequence-end' || event.type === 'mapping-end';
    const node: Node | undefined = ended ? open.pop()?.node : nodeOf(event, anchors);
    if (node === undefined) throw new Error(`unexpected ${event.type}`);
    if (event.type === 'sequence-start' && node.kind === 'sequence') open.push({ node });
    else if (event.type === 'mapping-start' && node.kind === 'mapping') open.push({ node, key: null });
    else {
      const parent = open.at(-1);
      if (parent === undefined) return node;
      addTo(parent, node);
    }
  }
}

function addTo(parent: Open, node: Node): void {
  if (!('key' in parent)) parent.node.items.push(node);
  else if (parent.key === null) parent.key = node;
  else {
    parent.node.entries.push({ key: parent.key, value: node });
    parent.key = null;
  }
}

function nodeOf(event: Event, anchors: Map<string, Anchored>): Node | undefined {
  switch (event.type) {
    case 'alias': {
      const target = anchors.get(event.name);
      if (target === undefined) throw new YamlError(`unknown anchor '${event.name}' referenced`, event.start);
      return { kind: 'alias', name: event.name, target, mark: event.start };
    }
    case 'scalar':
      return anchored(
        event.anchor,
        { kind: 'scalar', tag: scalarTag(event), value: event.value, mark: event.start },
        anchors,
      );
    case 'sequence-start':
      return anchored(
        event.anchor,
        { kind: 'sequence', tag: collectionTag(event.tag, '!!seq'), items: [], mark: event.start },
        anchors,
      );
    case 'mapping-start':
      return anchored(
        event.anchor,
        { kind: 'mapping', tag: collectionTag(event.tag, '!!map'), entries: [], mark: event.start },
        anchors,
      );
    case 'document-start':
    case 'document-end':
    case 'sequence-end':
    case 'mapping-end':
    case 'stream-end':
      return undefined;
  }
}

function anchored(name: string | null, node: Anchored, anchors: Map<string, Anchored>): Node {
  if (name !== null) anchors.set(name, node);
  return node;
}

function collectionTag(tag: string | null, fallback: string): string {
  return tag === null || tag === '!' ? fallback : shortTag(tag);
}

function scalarTag(event: Event & { type: 'scalar' }): string {
  if (event.tag !== null && event.tag !== '!') return shortTag(event.tag);
  if (event.style !== 'plain') return '!!str';
  return event.value === '<<' ? '!!merge' : resolveTag(event.value);
}
