// A Go map while it is filled: map[string]any or map[any]any.
import { GoAnyMap, GoInt, GoTime, GoUint64, type GoValue } from '../go/values.ts';

export class MapBuilder {
  readonly textKeys: boolean;
  readonly #texts = new Map<string, GoValue>();
  readonly #entries = new Map<string, readonly [GoValue, GoValue]>();

  constructor(textKeys: boolean) {
    this.textKeys = textKeys;
  }

  set(key: GoValue, value: GoValue): void {
    if (this.textKeys && typeof key === 'string') this.#texts.set(key, value);
    // NaN is no key of itself: each one is a new entry.
    else this.#entries.set(Number.isNaN(key) ? `nan ${this.#entries.size}` : keyIdentity(key), [key, value]);
  }

  build(): GoValue {
    return this.textKeys ? this.#texts : new GoAnyMap([...this.#entries.values()]);
  }
}

/** Equal for keys that Go finds equal: same type and same value. Collections are no keys and have none. */
export function keyIdentity(key: GoValue): string {
  if (key instanceof GoInt) return `int ${key.value}`;
  if (key instanceof GoUint64) return `uint64 ${key.value}`;
  if (key instanceof GoTime) return `time ${key.nanos} ${key.offsetSeconds ?? ''}`;
  if (typeof key === 'object' && key !== null) return 'collection';
  return `${typeof key} ${Object.is(key, -0) ? 0 : String(key)}`;
}
