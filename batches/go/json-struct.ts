// Go structs in JSON: fields in their declared order, matched by exact name first and by folded case second.
import { encodeString } from './json-encode.ts';
import type { GoType } from './json-type.ts';

export interface StructField<T> {
  readonly name: string;
  readonly type: GoType<T>;
  readonly omitEmpty: boolean;
}

export function field<T>(name: string, type: GoType<T>): StructField<T> {
  return { name, type, omitEmpty: false };
}

/** A field with the option `omitempty`. */
export function optional<T>(name: string, type: GoType<T>): StructField<T> {
  return { name, type, omitEmpty: true };
}

export type StructFields<T> = { readonly [K in keyof T]-?: StructField<T[K]> };

/** `fullName` is the type's name with its package, `batches.Step`; errors in fields use the part behind the dot. */
export function structOf<T extends object>(fullName: string, fields: StructFields<T>): GoType<T> {
  const shortName = fullName.slice(fullName.indexOf('.') + 1);
  // The mapped type promises each property a field of its own type; over all of them only `keyof T` can be said.
  const entries = Object.entries(fields) as [keyof T, StructField<T[keyof T]>][];
  const byName = new Map(entries.map((entry) => [entry[1].name, entry]));
  const byFoldedName = new Map(entries.map((entry) => [foldName(entry[1].name), entry]));
  return {
    name: fullName,
    zero: Object.fromEntries(entries.map(([key, { type }]) => [key, type.zero])) as T,
    decode(node, previous, state) {
      if (node.kind === 'null') return previous;
      if (node.kind !== 'object') {
        state.wrongType(node.kind, fullName);
        return previous;
      }
      const value: T = { ...previous };
      for (const [key, member] of node.members) {
        const found = byName.get(key) ?? byFoldedName.get(foldName(key));
        if (found === undefined) continue;
        const [property, { name, type }] = found;
        value[property] = state.inField(shortName, name, () => type.decode(member, value[property], state));
      }
      return value;
    },
    encode(value) {
      const members = entries
        .filter(([key, { type, omitEmpty }]) => !omitEmpty || !type.isEmpty(value[key]))
        .map(([key, { name, type }]) => `${encodeString(name)}:${type.encode(value[key])}`);
      return `{${members.join(',')}}`;
    },
    isEmpty: () => false,
  };
}

/** Unicode's simple folding, as far as it reaches ASCII: the Kelvin sign is a k and the long s an s. */
function foldName(name: string): string {
  return name
    .replaceAll('\u212a', 'k')
    .replaceAll('\u017f', 's')
    .replace(/[a-z]/g, (letter) => letter.toUpperCase());
}
