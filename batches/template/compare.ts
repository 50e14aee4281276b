// eq, ne, lt, le, gt and ge (Go: text/template/funcs.go). Signed and unsigned integers compare with each other; int and
// float64 do not.
import { sprintf } from '#batches/go/format.ts';
import {
  contentOf,
  GoBytes,
  GoComplex,
  GoByte,
  GoPointer,
  GoStruct,
  kindOf,
  typeNameOf,
  type GoConcrete,
  type Kind,
  type Reflected,
} from '#batches/go/reflect.ts';
import { compareText } from '#batches/go/text-bytes.ts';
import { GoInt, GoNilMap, GoStrings, GoTime, GoUint64 } from '#batches/go/values.ts';
import { FunctionError } from './function.ts';

type BasicKind = Extract<Kind, 'bool' | 'complex' | 'int' | 'uint' | 'float' | 'string'>;
const BASIC_KINDS: ReadonlySet<Kind> = new Set<BasicKind>(['bool', 'complex', 'int', 'uint', 'float', 'string']);

export function equalsAny(first: Reflected, others: readonly Reflected[]): boolean {
  if (others.length === 0) throw new FunctionError('missing argument for comparison');
  const left = contentOf(first);
  return others.some((other) => equals(left, contentOf(other)));
}

export function lessThan(first: Reflected, second: Reflected): boolean {
  const left = contentOf(first);
  const right = contentOf(second);
  const leftKind = basicKind(left);
  const rightKind = basicKind(right);
  if (leftKind === null || rightKind === null) throw new FunctionError('invalid type for comparison');
  if (leftKind !== rightKind && !(isInteger(leftKind) && isInteger(rightKind))) throw incompatible(left, right);
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right) < 0;
  if (typeof left === 'number' && typeof right === 'number') return left < right;
  const [a, b] = [integerOf(left), integerOf(right)];
  if (a === null || b === null) throw new FunctionError('invalid type for comparison');
  return a < b;
}

export function lessOrEqual(first: Reflected, second: Reflected): boolean {
  return lessThan(first, second) || equalsAny(first, [second]);
}

function equals(left: GoConcrete | null, right: GoConcrete | null): boolean {
  const leftKind = basicKind(left);
  const rightKind = basicKind(right);
  if (leftKind === null && rightKind === null) return equalsComposite(left, right);
  if (leftKind !== rightKind && !(isInteger(leftKind) && isInteger(rightKind))) {
    if (left === null || right === null) return false;
    throw incompatible(left, right);
  }
  if (left instanceof GoComplex && right instanceof GoComplex) return left.re === right.re && left.im === right.im;
  const integer = integerOf(left);
  return integer === null ? left === right : integer === integerOf(right);
}

/** Neither side is of a basic type: nil, list, map, struct or pointer. */
function equalsComposite(left: GoConcrete | null, right: GoConcrete | null): boolean {
  if (left !== null && right !== null && kindOf(left) !== kindOf(right)) {
    const text = `non-comparable types %s: ${typeNameOf(left)}, ${typeNameOf(right)}: %v`;
    throw new FunctionError(sprintf(text, [left, right]));
  }
  if (isNil(left) || isNil(right)) return isNil(left) === isNil(right);
  if (!isComparable(right)) throw new FunctionError(sprintf(`non-comparable type %s: ${typeNameOf(right)}`, [right]));
  return identical(left, right);
}

function isNil(value: GoConcrete | null): value is null {
  return (
    value === null ||
    value instanceof GoNilMap ||
    (value instanceof GoStrings && value.items === null) ||
    (value instanceof GoBytes && value.bytes === null)
  );
}

function isComparable(value: GoConcrete): boolean {
  if (value instanceof GoStruct) return value.type.comparable;
  return value instanceof GoTime || value instanceof GoPointer;
}

/** `==` of two interfaces that hold structs or pointers. */
function identical(left: GoConcrete | null, right: GoConcrete): boolean {
  if (left instanceof GoTime && right instanceof GoTime) {
    // A zone other than UTC is compared by its address, and each timestamp has a zone of its own.
    const sameZone = left === right || (left.offsetSeconds ?? right.offsetSeconds ?? 0) === 0;
    return left.nanos === right.nanos && sameZone && (left.offsetSeconds === null) === (right.offsetSeconds === null);
  }
  if (left instanceof GoStruct && right instanceof GoStruct) {
    return left.type === right.type && left.values.every((value, index) => value === right.values[index]);
  }
  return left === right;
}

function basicKind(value: GoConcrete | null): BasicKind | null {
  const kind = kindOf(value);
  return isBasic(kind) ? kind : null;
}

function isBasic(kind: Kind): kind is BasicKind {
  return BASIC_KINDS.has(kind);
}

function isInteger(kind: BasicKind | null): boolean {
  return kind === 'int' || kind === 'uint';
}

function integerOf(value: GoConcrete | null): bigint | null {
  if (value instanceof GoInt || value instanceof GoUint64) return value.value;
  return value instanceof GoByte ? BigInt(value.value) : null;
}

function incompatible(left: GoConcrete | null, right: GoConcrete | null): FunctionError {
  return new FunctionError(`incompatible types for comparison: ${typeNameOf(left)} and ${typeNameOf(right)}`);
}
