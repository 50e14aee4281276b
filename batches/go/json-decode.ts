// JSON to the values that Go's decoder puts into an empty interface: float64, string, bool, nil, []any, map[string]any.
import { parseJson } from './json-parse.ts';
import type { JsonNode } from './json-node.ts';
import type { GoValue } from './values.ts';

export type DecodedJson =
  { readonly kind: 'decoded'; readonly value: GoValue } | { readonly kind: 'error'; readonly message: string };

/** One `Decode` of a json.Decoder into an `any`: reads the first value and does not look at what follows it. */
export function decodeGoJson(text: string): DecodedJson {
  const parsed = parseJson(text, 'first');
  if (parsed.kind === 'error') return parsed;
  const refused: string[] = [];
  const value = valueOfNode(parsed.node, (digits) => refused.push(digits));
  const [first] = refused;
  return first === undefined
    ? { kind: 'decoded', value }
    : { kind: 'error', message: `json: cannot unmarshal number ${first} into Go value of type float64` };
}

type Container = { readonly items: readonly JsonNode[]; readonly into: GoValue[]; next: number } | MapContainer;
interface MapContainer {
  readonly members: readonly (readonly [string, JsonNode])[];
  readonly into: Map<string, GoValue>;
  next: number;
}

/** The node's value; numbers beyond float64 are told to `refuse` and become null. */
export function valueOfNode(root: JsonNode, refuse: (digits: string) => void): GoValue {
  const open: Container[] = [];
  const shallow = (node: JsonNode): GoValue => {
    switch (node.kind) {
      case 'null':
        return null;
      case 'bool':
      case 'string':
        return node.value;
      case 'number': {
        const value = Number(node.digits);
        if (Number.isFinite(value)) return value;
        refuse(node.digits);
        return null;
      }
      case 'array': {
        const into: GoValue[] = [];
        open.push({ items: node.items, into, next: 0 });
        return into;
      }
      case 'object': {
        const into = new Map<string, GoValue>();
        open.push({ members: node.members, into, next: 0 });
        return into;
      }
    }
  };
  const value = shallow(root);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const at = top.next;
    top.next += 1;
    if ('items' in top) {
      const item = top.items[at];
      if (item === undefined) open.pop();
      else top.into.push(shallow(item));
    } else {
      const member = top.members[at];
      if (member === undefined) open.pop();
      else top.into.set(member[0], shallow(member[1]));
    }
  }
  return value;
}
