// The elements that `range` goes through when it is given an integer: 0 up to it, in the integer's own type.
import { GoByte, GoNamedInt, type Reflected } from '#batches/go/reflect.ts';
import { GoInt, GoUint64 } from '#batches/go/values.ts';

/** Index and element. Over integers there is no index. */
export type RangeItem = readonly [index: Reflected, element: Reflected];

export function* integerItems(end: GoInt | GoUint64 | GoByte): Generator<RangeItem> {
  for (let i = 0n; i < BigInt(end.value); i++) yield [null, sameType(end, i)];
}

function sameType(of: GoInt | GoUint64 | GoByte, value: bigint): GoInt | GoUint64 | GoByte {
  if (of instanceof GoByte) return new GoByte(Number(value));
  if (of instanceof GoNamedInt) return new GoNamedInt(value, of.typeName, null);
  return of instanceof GoUint64 ? new GoUint64(value) : new GoInt(value);
}
