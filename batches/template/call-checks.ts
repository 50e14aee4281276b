// What surrounds a call: the number of its arguments, the work that it took, and `call`, which can call nothing here.
import { contentOf, elementCount, typeNameOf, type Reflected } from '#batches/go/reflect.ts';
import { GoInt, GoStrings } from '#batches/go/values.ts';
import { FunctionError, type FunctionSignature } from './function.ts';
import { CHARACTER_COST, LIST_ITEM_COST } from './limits.ts';
import { nodeText } from './node-text.ts';
import type { OperandNode } from './nodes.ts';
import type { RenderState } from './render-state.ts';

/** What the command before in the pipeline has left; undefined for the first one (`missingVal`). */
export type Final = Reflected | undefined;

/** Fails unless the arguments as written, and the one that a pipe brings, are as many as there are parameters. */
export function checkArgumentCount(
  state: RenderState,
  callee: FunctionSignature,
  name: string,
  written: number,
  final: Final,
): void {
  const count = final === undefined ? written : written + 1;
  const wanted = callee.parameters.length;
  if (callee.variadic !== null) {
    if (count < wanted) {
      state.fail('wrong number of args for %s: want at least %d got %d', name, new GoInt(wanted), new GoInt(written));
    }
  } else if (count !== wanted) {
    failArgumentCount(state, name, wanted, count);
  }
}

function failArgumentCount(state: RenderState, name: string, wanted: number, given: number): never {
  state.fail('wrong number of args for %s: want %d got %d', name, new GoInt(wanted), new GoInt(given));
}

/** No value of a template is a function. */
export function refuseCall(callee: Reflected, operand: OperandNode | undefined, final: Final): never {
  const content = contentOf(callee);
  if (content === null) throw new FunctionError('call of nil');
  const written =
    operand !== undefined ? nodeText(operand) : typeof final === 'string' ? final : `<${typeNameOf(content)} Value>`;
  throw new FunctionError(`non-function ${written} of type ${typeNameOf(content)}`);
}

/** The work of a call, by what went in and came out. */
export function workOf(values: readonly Reflected[], result: Reflected): number {
  let work = workOn(result);
  for (const value of values) work += workOn(value);
  return work;
}

export function workOn(value: Reflected): number {
  if (typeof value === 'string') return value.length * CHARACTER_COST;
  return value instanceof GoStrings || Array.isArray(value) ? elementCount(value) * LIST_ITEM_COST : 0;
}
