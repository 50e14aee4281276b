// What a function of a template is: its parameters as Go's reflection sees them, which decide how arguments are evaluated
// and what the error texts say, and the call itself.
import { GoStrings, GoTime } from '#batches/go/values.ts';
import { contentOf, typeNameOf, type GoConcrete, type Reflected } from '#batches/go/reflect.ts';
import type { TemplateData } from './data.ts';

/** `reflect`: a reflect.Value, which keeps interface and nil as they are. */
export type ParameterType = 'any' | 'reflect' | 'string' | '[]string' | 'time.Time';

export interface FunctionSignature {
  readonly parameters: readonly ParameterType[];
  /** Type of the arguments beyond the fixed ones; null: there are none. */
  readonly variadic: ParameterType | null;
}

export interface TemplateFunction extends FunctionSignature {
  /** Throws FunctionError and FormatTooLongError only. */
  readonly call: (values: readonly Reflected[], data: TemplateData) => Reflected;
}

/** A function that does not look at the context. */
export interface PureFunction extends FunctionSignature {
  readonly call: (values: readonly Reflected[]) => Reflected;
}

/** Type of the argument at `index`, whose number has been checked. */
export function parameterAt(callee: FunctionSignature, index: number): ParameterType {
  return callee.parameters[index] ?? callee.variadic ?? 'any';
}

/** What a function refuses; the evaluator adds the place. */
export class FunctionError extends Error {}

export function parameterTypeName(type: ParameterType): string {
  return type === 'any' ? 'interface {}' : type === 'reflect' ? 'reflect.Value' : type;
}

/** Whether nil can be passed (`canBeNil` of exec.go). */
export function acceptsNil(type: ParameterType): boolean {
  return type !== 'string' && type !== 'time.Time';
}

export type Conversion = { readonly value: Reflected } | { readonly error: string };

/** The value as an argument of this type, or why it is none (`validateType` of exec.go). */
export function convert(value: Reflected, type: ParameterType): Conversion {
  if (type === 'reflect') return { value };
  if (value === null) {
    if (!acceptsNil(type)) return { error: `invalid value; expected ${type}` };
    return { value: type === 'any' ? null : NIL_STRINGS };
  }
  const content = contentOf(value);
  if (type === 'any') return { value: content };
  if (isAssignable(content, type)) return { value: content };
  const found = typeNameOf(content ?? value);
  return { error: `wrong type for value; expected ${type}; got ${found}` };
}

function isAssignable(content: GoConcrete | null, type: 'string' | '[]string' | 'time.Time'): boolean {
  if (type === 'string') return typeof content === 'string';
  return type === '[]string' ? content instanceof GoStrings : content instanceof GoTime;
}

const NIL_STRINGS: GoConcrete = new GoStrings(null);

/** An argument that `convert` has passed as a string. */
export function stringAt(values: readonly Reflected[], index: number): string {
  const value = values[index];
  if (typeof value !== 'string') throw new TypeError(`argument ${index} passed as string is none`);
  return value;
}

/** Arguments that `convert` has passed as any. */
export function operandsFrom(values: readonly Reflected[], index: number): (GoConcrete | null)[] {
  return values.slice(index).map(contentOf);
}
