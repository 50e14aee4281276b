// A method that stands after a dot.
import type { GoConcrete, Reflected } from '#batches/go/reflect.ts';
import type { ParameterType } from './function.ts';

/** A method bound to its receiver. */
export interface Method {
  readonly parameters: readonly ParameterType[];
  /** The arguments have been converted to the parameters' types. */
  readonly call: (values: readonly Reflected[]) => GoConcrete;
  /** Why text/template does not call it, whatever its arguments; null where it does. */
  readonly refusal: string | null;
}

/** A method without parameters. */
export function simple(call: () => GoConcrete): Method {
  return { parameters: [], call, refusal: null };
}
