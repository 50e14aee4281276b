// A YAML value as JSON can carry it: keys that are no texts become texts (`convertToJSONableObject` of ghodss/yaml, in
// Sourcegraph's fork for yaml.v3).
import { formatFloat } from '../go/float-text.ts';
import { sprintf } from '../go/format.ts';
import { typeNameOf } from '../go/reflect.ts';
import { GoAnyMap, GoInt, type GoValue } from '../go/values.ts';

export type Jsonable =
  { readonly kind: 'value'; readonly value: GoValue } | { readonly kind: 'error'; readonly message: string };

/** Thrown by the walk, caught by its entry. */
class UnsupportedKey extends Error {}

export function jsonable(value: GoValue): Jsonable {
  try {
    return { kind: 'value', value: converted(value) };
  } catch (error) {
    if (error instanceof UnsupportedKey) return { kind: 'error', message: error.message };
    throw error;
  }
}

/** Depth is bounded by the YAML decoder. */
function converted(value: GoValue): GoValue {
  if (Array.isArray(value)) return (value as readonly GoValue[]).map(converted);
  // A map whose keys are all texts is not looked into: a map in it with other keys is left for json.Marshal to refuse.
  if (!(value instanceof GoAnyMap)) return value;
  const map = new Map<string, GoValue>();
  for (const [key, item] of value.entries) map.set(keyText(key, item), converted(item));
  return map;
}

function keyText(key: GoValue, value: GoValue): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'boolean') return String(key);
  if (typeof key === 'number') return floatKey(key);
  if (key instanceof GoInt) return key.value.toString();
  const type = key === null ? '%!s(<nil>)' : typeNameOf(key);
  const operands = sprintf('key: %+#v, value: %+#v', [key, value]);
  throw new UnsupportedKey(`Unsupported map key of type: ${type}, ${operands}`);
}

/** Written with the precision of a float32. */
function floatKey(key: number): string {
  if (Number.isNaN(key)) return '.nan';
  const rounded = Math.fround(key);
  if (!Number.isFinite(rounded)) return rounded > 0 ? '.inf' : '-.inf';
  for (let digits = 1; digits <= 9; digits++) {
    const shortest = Number(rounded.toPrecision(digits));
    if (Math.fround(shortest) === rounded) return formatFloat(shortest, 'g', -1);
  }
  return formatFloat(rounded, 'g', -1);
}
