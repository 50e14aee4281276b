// The JSON forms of `env`: an object where all values are known, else a list of bare names and one-entry objects.
import { encodeString } from '../go/json-encode.ts';
import type { JsonNode } from '../go/json-node.ts';
import { customType, mapOf, sliceOf, stringType, unmarshalNode, type GoType } from '../go/json-type.ts';
import { isStaticEnvironment, type Environment, type EnvironmentVariable } from './environment.ts';

const stringMap = mapOf(stringType);

const variableType: GoType<EnvironmentVariable> = customType<EnvironmentVariable>({
  name: 'env.variable',
  zero: { name: '', value: null },
  read(node, source) {
    const name = unmarshalNode(stringType, node, source);
    if ('value' in name) return { value: { name: name.value, value: null } };
    const object = unmarshalNode(stringMap, node, source);
    if ('error' in object) return failed('invalid environment variable: unknown type');
    const entries = [...(object.value ?? [])];
    const [only] = entries;
    if (entries.length !== 1 || only === undefined) {
      return failed(
        `invalid environment variable: incorrect number of object elements (expected 1, got ${entries.length})`,
      );
    }
    return { value: { name: only[0], value: only[1] } };
  },
  encode: ({ name, value }) => (value === null ? encodeString(name) : stringMap.encode(new Map([[name, value]]))),
});

const variableList = sliceOf(variableType);

export const environmentType: GoType<Environment> = customType<Environment>({
  name: 'env.Environment',
  zero: [],
  read(node, source) {
    const list = unmarshalNode(variableList, node, source);
    if ('value' in list) return { value: list.value ?? [] };
    // Whatever was wrong with the list, Go reports what is wrong with it as an object.
    return readObject(node, source);
  },
  encode(environment) {
    if (!isStaticEnvironment(environment)) return variableList.encode(environment);
    return stringMap.encode(new Map(environment.map(({ name, value }) => [name, value ?? ''])));
  },
});

function readObject(node: JsonNode, source: string): ReturnType<typeof unmarshalNode<Environment>> {
  const object = unmarshalNode(stringMap, node, source);
  if ('error' in object) return object;
  return { value: Array.from(object.value ?? [], ([name, value]) => ({ name, value })) };
}

function failed(message: string): { readonly error: { readonly kind: 'other'; readonly message: string } } {
  return { error: { kind: 'other', message } };
}
