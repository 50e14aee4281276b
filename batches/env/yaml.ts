// The YAML forms of `env`, the same two as in JSON. Batch specs do not come this way (they are turned into JSON first);
// it is the form that Sourcegraph's library reads on its own, with yaml.v3's leniency: scalars stay as they are written.
import { quote } from '../go/quote.ts';
import { byteLength, sliceBytes } from '../go/text-bytes.ts';
import { composeFirst } from '../yaml/composer.ts';
import { Cursor } from '../yaml/cursor.ts';
import { YamlError } from '../yaml/error.ts';
import { isMergeKey, tagOf, type AliasNode, type MappingNode, type Node } from '../yaml/node.ts';
import { Parser } from '../yaml/parser.ts';
import { readable } from '../yaml/reader.ts';
import { scalarValue } from '../yaml/resolve.ts';
import { Scanner } from '../yaml/scanner.ts';
import type { Environment, EnvironmentVariable } from './environment.ts';

export type EnvironmentFromYaml =
  | { readonly kind: 'environment'; readonly environment: Environment }
  | { readonly kind: 'error'; readonly message: string };

/** Aliases of aliases can ask for more merges than anyone could wait for. */
const MERGES_MAX = 10_000;
/** A key that stands a thousand times over would give half a million errors. */
const ERRORS_MAX = 1_000;

export function parseEnvironmentYaml(text: string): EnvironmentFromYaml {
  try {
    const root = composeFirst(new Parser(new Scanner(new Cursor(readable(text)))));
    if (root === null || isNull(root)) return { kind: 'environment', environment: [] };
    const list = readList(root);
    if (list !== null) return { kind: 'environment', environment: list };
    const reader = new StringMapReader();
    const map = reader.read(root);
    if (reader.errors.length > 0) {
      return { kind: 'error', message: `yaml: unmarshal errors:\n  ${reader.errors.join('\n  ')}` };
    }
    return { kind: 'environment', environment: Array.from(map, ([name, value]) => ({ name, value })) };
  } catch (error) {
    if (error instanceof YamlError) return { kind: 'error', message: error.message };
    throw error;
  }
}

/** Resolves the scalar, and fails where a tag does not fit it (`!!null x`). */
function isNull(node: Node): boolean {
  if (tagOf(node) !== '!!null') return false;
  const target = node.kind === 'alias' ? node.target : node;
  return target.kind === 'scalar' && scalarValue(target) === null;
}

/** null when it is no list of variables; what is wrong with it then shows only in the reading as a map. */
function readList(root: Node): Environment | null {
  try {
    return listOf(root);
  } catch (error) {
    if (error instanceof YamlError) return null;
    throw error;
  }
}

function listOf(root: Node): Environment | null {
  const node = root.kind === 'alias' ? root.target : root;
  if (node.kind !== 'sequence') return null;
  const variables: EnvironmentVariable[] = [];
  for (const item of node.items) {
    if (isNull(item)) continue;
    const variable = readVariable(item);
    if (variable === null) return null;
    variables.push(variable);
  }
  return variables;
}

function readVariable(item: Node): EnvironmentVariable | null {
  const node = item.kind === 'alias' ? item.target : item;
  if (node.kind === 'scalar') {
    const name = scalarText(node);
    return name === null ? null : { name, value: null };
  }
  const reader = new StringMapReader();
  const entries = [...reader.read(node)];
  const [only] = entries;
  if (reader.errors.length > 0 || entries.length !== 1 || only === undefined) return null;
  return { name: only[0], value: only[1] };
}

/** A scalar read into a Go string: as written, or null. */
function scalarText(node: Extract<Node, { readonly kind: 'scalar' }>): string | null {
  const value = scalarValue(node);
  if (value === null) return null;
  return node.tag === '!!binary' && typeof value === 'string' ? value : node.value;
}

/** yaml.v3's decoding into a map[string]string, with its list of errors. */
class StringMapReader {
  readonly errors: string[] = [];
  readonly #openAliases = new Set<AliasNode>();
  #merges = 0;

  read(node: Node): ReadonlyMap<string, string> {
    const map = new Map<string, string>();
    if (node.kind === 'mapping') this.#fill(node, map);
    else if (node.kind === 'alias') this.#through(node, () => this.#readInto(node.target, map));
    else this.#mismatch(node, 'map[string]string');
    return map;
  }

  #readInto(node: Exclude<Node, AliasNode>, map: Map<string, string>): void {
    if (node.kind === 'mapping') this.#fill(node, map);
    else this.#mismatch(node, 'map[string]string');
  }

  #fill(node: MappingNode, map: Map<string, string>): void {
    if (!this.#hasUniqueKeys(node)) return;
    let merged: Node | null = null;
    for (const { key, value } of node.entries) {
      if (isMergeKey(key)) {
        merged = value;
        continue;
      }
      const name = this.#text(key);
      if (name === null) continue;
      const errors = this.errors.length;
      const text = this.#text(value);
      if (text !== null) map.set(name, text);
      else if (this.errors.length === errors && !map.has(name)) map.set(name, '');
    }
    if (merged !== null) this.#merge(merged, map);
  }

  /** What is merged adds names; it never replaces one. */
  #merge(value: Node, map: Map<string, string>): void {
    for (const source of value.kind === 'sequence' ? value.items : [value]) {
      const mapping = source.kind === 'alias' ? source.target : source;
      if (mapping.kind !== 'mapping') {
        throw new YamlError('map merge requires map or sequence of maps as the value', source.mark);
      }
      this.#merges += 1;
      if (this.#merges > MERGES_MAX) throw new YamlError('document contains excessive aliasing', source.mark);
      const added = new Map<string, string>();
      if (source.kind === 'alias') this.#through(source, () => this.#fill(mapping, added));
      else this.#fill(mapping, added);
      for (const [name, text] of added) if (!map.has(name)) map.set(name, text);
    }
  }

  #text(node: Node): string | null {
    const target = node.kind === 'alias' ? node.target : node;
    if (target.kind === 'scalar') return scalarText(target);
    this.#mismatch(target, 'string');
    return null;
  }

  #through(alias: AliasNode, read: () => void): void {
    if (this.#openAliases.has(alias)) {
      throw new YamlError(`anchor '${alias.name}' value contains itself`, alias.mark);
    }
    this.#openAliases.add(alias);
    read();
    this.#openAliases.delete(alias);
  }

  /** yaml.v3 lists every pair of equal keys, in the order of the first one. */
  #hasUniqueKeys(node: MappingNode): boolean {
    const errors = this.errors.length;
    const earlier = new Map<string, Node[]>();
    for (const { key } of node.entries) {
      const identity = `${key.kind} ${key.kind === 'scalar' ? key.value : ''}`;
      earlier.set(identity, [...(earlier.get(identity) ?? []).slice(-ERRORS_MAX), key]);
    }
    for (const same of earlier.values()) {
      for (const [index, key] of same.entries()) {
        for (const again of same.slice(index + 1, index + 1 + ERRORS_MAX - this.errors.length)) {
          const name = quote(key.kind === 'scalar' ? key.value : '');
          this.errors.push(
            `line ${again.mark.line + 1}: mapping key ${name} already defined at line ${key.mark.line + 1}`,
          );
        }
      }
    }
    return this.errors.length === errors;
  }

  /** What else is wrong with the node itself comes first, and for a mapping is all that is said. */
  #mismatch(node: Exclude<Node, AliasNode>, type: string): void {
    if (node.kind === 'mapping' && !this.#hasUniqueKeys(node)) return;
    if (node.kind === 'scalar') scalarValue(node);
    const isPlain = node.tag === '!!seq' || node.tag === '!!map';
    const written = isPlain ? '' : ` \`${node.kind === 'scalar' ? shortened(node.value) : ''}\``;
    this.errors.push(`line ${node.mark.line + 1}: cannot unmarshal ${node.tag}${written} into ${type}`);
  }
}

function shortened(text: string): string {
  return byteLength(text) > 10 ? `${sliceBytes(text, 0, 7)}...` : text;
}
