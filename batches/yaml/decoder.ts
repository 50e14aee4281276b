// The tree to Go values, as yaml.v3 decodes into an empty interface: map[string]any where all keys are texts,
// map[any]any elsewhere, merge keys, aliases. Errors about single values are collected; what makes the document
// unusable ends it at once.
//   D1. Every decoded node is counted, aliased ones twice over: the ratio bounds what a few lines of aliases may cost.
//   D2. A value that could not be decoded is left out, but then its error is in the list and no value is returned.
import { sprintf } from '../go/format.ts';
import { quote } from '../go/quote.ts';
import { GoAnyMap, type GoValue } from '../go/values.ts';
import { YamlError, type Mark } from './error.ts';
import { MapBuilder, keyIdentity } from './map-builder.ts';
import { isMergeKey, tagOf, type AliasNode, type MappingNode, type Node } from './node.ts';
import { scalarValue } from './resolve.ts';

/** Levels of collections. yaml.v3 allows 10,000, which is more than what reads the value afterwards can take. */
const DEPTH_MAX = 1_000;
/** A key that stands a thousand times over gives half a million errors; no reader needs more than these. */
const ERRORS_MAX = 1_000;
/** yaml.v3's numbers for "document contains excessive aliasing". */
const ALIASED_MIN = 100;
const DECODED_MIN = 1_000;
const RATIO_RANGE_LOW = 400_000;
const RATIO_RANGE_HIGH = 4_000_000;

export interface ValueError {
  /** As yaml.v3 lists it: "line 2: ...". */
  readonly text: string;
  readonly mark: Mark;
}

/** What could not be decoded; its error has been noted. */
const FAILED = Symbol('failed');

export class Decoder {
  readonly errors: ValueError[] = [];
  readonly #openAliases = new Set<AliasNode>();
  #decoded = 0;
  #aliased = 0;
  #aliasDepth = 0;
  #depth = 0;
  /** While a merge goes on: the keys that the mapping has already. */
  #merged: Set<string> | null = null;

  /** The value of the tree; meaningless when `errors` is not empty afterwards. Throws a YamlError. */
  decode(root: Node): GoValue {
    const value = this.#any(root);
    return value === FAILED ? null : value;
  }

  #any(node: Node): GoValue | typeof FAILED {
    this.#count(node);
    switch (node.kind) {
      case 'alias':
        return this.#aliasTarget(node, (target) => this.#any(target));
      case 'scalar':
        return scalarValue(node);
      case 'sequence':
        return this.#nested(node, () => node.items.map((item) => this.#any(item)).filter((item) => item !== FAILED));
      case 'mapping':
        return this.#nested(node, () => {
          if (!this.#hasUniqueKeys(node)) return FAILED;
          const map = new MapBuilder(node.entries.every(({ key }) => ['!!str', '!!merge'].includes(tagOf(key))));
          this.#fill(node, map);
          return map.build();
        });
    }
  }

  /** A node as the key of a map[string]any: scalars as they are written. */
  #text(node: Node): string | typeof FAILED {
    this.#count(node);
    switch (node.kind) {
      case 'alias':
        return this.#aliasTarget(node, (target) => this.#text(target));
      case 'scalar': {
        const value = scalarValue(node);
        if (value === null) return FAILED;
        return node.tag === '!!binary' && typeof value === 'string' ? value : node.value;
      }
      case 'mapping':
        if (this.#hasUniqueKeys(node)) this.#mismatch(node);
        return FAILED;
      case 'sequence':
        this.#mismatch(node);
        return FAILED;
    }
  }

  #fill(node: MappingNode, map: MapBuilder): void {
    const merged = this.#merged;
    this.#merged = null;
    let mergeValue: Node | null = null;
    for (const { key, value } of node.entries) {
      if (isMergeKey(key)) {
        mergeValue = value;
        continue;
      }
      const decodedKey = map.textKeys ? this.#text(key) : this.#any(key);
      if (decodedKey === FAILED) continue;
      if (merged !== null) {
        const identity = keyIdentity(decodedKey);
        if (merged.has(identity)) continue;
        merged.add(identity);
      }
      if (isCollection(decodedKey)) {
        throw new YamlError(sprintf('invalid map key: %#v', [decodedKey]), key.mark);
      }
      const decodedValue = this.#any(value);
      if (decodedValue !== FAILED) map.set(decodedKey, decodedValue);
    }
    this.#merged = merged;
    if (mergeValue !== null) this.#merge(node, mergeValue, map);
  }

  /** What is merged adds keys; it never replaces one of the mapping's own. */
  #merge(parent: MappingNode, value: Node, map: MapBuilder): void {
    const merged = this.#merged;
    if (merged === null) {
      const own = new Set<string>();
      for (const { key } of parent.entries) {
        const decoded = this.#any(key);
        if (decoded !== FAILED) own.add(keyIdentity(decoded));
      }
      this.#merged = own;
    }
    const sources = value.kind === 'sequence' ? value.items : [value];
    for (const source of sources) {
      if ((source.kind === 'alias' ? source.target.kind : source.kind) !== 'mapping') {
        throw new YamlError('map merge requires map or sequence of maps as the value', source.mark);
      }
      this.#mergeFrom(source, map);
    }
    this.#merged = merged;
  }

  #mergeFrom(source: Node, map: MapBuilder): void {
    this.#count(source);
    if (source.kind === 'alias') this.#aliasTarget(source, (target) => (this.#mergeFrom(target, map), null));
    else if (source.kind === 'mapping' && this.#hasUniqueKeys(source)) {
      this.#nested(source, () => (this.#fill(source, map), null));
    }
  }

  #aliasTarget<T>(node: AliasNode, decode: (target: Node) => T): T {
    if (this.#openAliases.has(node)) {
      throw new YamlError(`anchor '${node.name}' value contains itself`, node.mark);
    }
    this.#openAliases.add(node);
    this.#aliasDepth += 1;
    const value = decode(node.target);
    this.#aliasDepth -= 1;
    this.#openAliases.delete(node);
    return value;
  }

  #nested<T>(node: Node, decode: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) {
      throw new YamlError(`line ${node.mark.line + 1}: exceeded max depth of ${DEPTH_MAX}`, node.mark);
    }
    const value = decode();
    this.#depth -= 1;
    return value;
  }

  #count(node: Node): void {
    this.#decoded += 1;
    if (this.#aliasDepth > 0) this.#aliased += 1;
    if (this.#aliased <= ALIASED_MIN || this.#decoded <= DECODED_MIN) return;
    if (this.#aliased / this.#decoded > allowedAliasRatio(this.#decoded)) {
      throw new YamlError('document contains excessive aliasing', node.mark);
    }
  }

  /** Keys are compared as they are written, before any of them is decoded. Every pair of equal ones is an error. */
  #hasUniqueKeys(node: MappingNode): boolean {
    const places = Map.groupBy(node.entries, ({ key }) => writtenKey(key));
    if (places.size === node.entries.length) return true;
    const seen = new Map<string, number>();
    for (const { key } of node.entries) {
      const written = writtenKey(key);
      const ordinal = (seen.get(written) ?? 0) + 1;
      seen.set(written, ordinal);
      for (const { key: later } of places.get(written)?.slice(ordinal) ?? []) {
        this.#note(later, `mapping key ${quote(keyText(later))} already defined at line ${key.mark.line + 1}`);
        if (this.errors.length === ERRORS_MAX) return false;
      }
    }
    return false;
  }

  #mismatch(node: Node): void {
    const tag = tagOf(node);
    const value = tag === '!!seq' || tag === '!!map' ? '' : ' ``';
    this.#note(node, `cannot unmarshal ${tag}${value} into string`);
  }

  #note(node: Node, problem: string): void {
    if (this.errors.length === ERRORS_MAX) return;
    this.errors.push({ text: `line ${node.mark.line + 1}: ${problem}`, mark: node.mark });
  }
}

/** Small documents may be 99 % aliases, large ones 10 %; between the two the share falls evenly. */
function allowedAliasRatio(decoded: number): number {
  if (decoded <= RATIO_RANGE_LOW) return 0.99;
  if (decoded >= RATIO_RANGE_HIGH) return 0.1;
  return 0.99 - 0.89 * ((decoded - RATIO_RANGE_LOW) / (RATIO_RANGE_HIGH - RATIO_RANGE_LOW));
}

function writtenKey(key: Node): string {
  return `${key.kind} ${keyText(key)}`;
}

function keyText(key: Node): string {
  return key.kind === 'scalar' ? key.value : key.kind === 'alias' ? key.name : '';
}

function isCollection(value: GoValue): boolean {
  return Array.isArray(value) || value instanceof Map || value instanceof GoAnyMap;
}
