// `published` of a changeset template: one value, or a list of repository patterns with a value each, of which the last
// that matches counts (`overridable.BoolOrString` of Sourcegraph's lib/batches).
import { globError, globMatches } from '../glob/index.ts';
import { encodeString, encodeValue } from '../go/json-encode.ts';
import type { JsonDecodeError } from '../go/json-error.ts';
import {
  anyType,
  boolType,
  customType,
  mapOf,
  sliceOf,
  stringType,
  unmarshalNode,
  type GoType,
} from '../go/json-type.ts';
import type { GoValue } from '../go/values.ts';

export interface PublishedRule {
  /** Glob over repository names. */
  readonly pattern: string;
  /** Only for changesets on this branch; empty is any. Stands behind an "@" in the spec, and is not written again. */
  readonly branch: string;
  readonly value: GoValue;
}

export type PublishedValue =
  | { readonly kind: 'value'; readonly value: GoValue }
  /** A pattern that cannot be matched: Go's panic, or our limit. */
  | { readonly kind: 'error'; readonly message: string };

const ALL = '*';
const rulesJson = sliceOf(mapOf(anyType));

/** The value for a repository and branch, null when there are no rules or none matches (`ValueWithSuffix`). */
export function publishedValue(
  rules: readonly PublishedRule[] | null,
  repository: string,
  branch: string,
): PublishedValue {
  for (const rule of rules?.toReversed() ?? []) {
    const outcome = globMatches(rule.pattern, repository);
    if (outcome.kind === 'error') return outcome;
    if (outcome.value && (rule.branch === '' || rule.branch === branch)) return { kind: 'value', value: rule.value };
  }
  return { kind: 'value', value: null };
}

export const publishedType: GoType<readonly PublishedRule[]> = customType<readonly PublishedRule[]>({
  name: 'overridable.BoolOrString',
  zero: [],
  read(node, source) {
    for (const type of [boolType, stringType]) {
      const simple = unmarshalNode<boolean | string>(type, node, source);
      if ('value' in simple) return { value: [{ pattern: ALL, branch: '', value: simple.value }] };
    }
    const list = unmarshalNode(rulesJson, node, source);
    return 'error' in list ? { error: renamed(list.error) } : rulesOf(list.value ?? []);
  },
  encode(rules) {
    const [first] = rules;
    if (first === undefined) return 'false';
    if (rules.length === 1 && first.pattern === ALL) return encodeValue(first.value);
    return `[${rules.map(({ pattern, value }) => `{${encodeString(pattern)}:${encodeValue(value)}}`).join(',')}]`;
  },
});

function rulesOf(
  list: readonly (ReadonlyMap<string, GoValue> | null)[],
): { readonly value: readonly PublishedRule[] } | { readonly error: JsonDecodeError } {
  const rules: PublishedRule[] = [];
  for (const [index, entry] of list.entries()) {
    const entries = [...(entry ?? [])];
    const [only] = entries;
    if (only === undefined || entries.length !== 1) {
      return failed(`unexpected number of elements in the array at entry ${index}: ${entries.length} (must be 1)`);
    }
    const [key, value] = only;
    const at = key.indexOf('@');
    const pattern = at < 0 ? key : key.slice(0, at);
    const problem = globError(pattern);
    if (problem !== null) return failed(`building rule for array entry ${index}: ${problem}`);
    rules.push({ pattern, branch: at < 0 ? '' : key.slice(at + 1), value });
  }
  return { value: rules };
}

/** The list has a name of its own in Go. */
function renamed(error: JsonDecodeError): JsonDecodeError {
  return error.kind === 'type' && error.type === rulesJson.name ? { ...error, type: 'overridable.complex' } : error;
}

function failed(message: string): { readonly error: JsonDecodeError } {
  return { error: { kind: 'other', message } };
}
