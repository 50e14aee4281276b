// The functions that every template knows: Go's own, and the ones that batch specs add (`builtins` of Sourcegraph's
// lib/batches/template). `and`, `or` and `call` are the evaluator's: it must not evaluate all of their arguments, or needs
// to know how they were written.
import { globMatches } from '#batches/glob/index.ts';
import { sprint, sprintf, sprintln } from '#batches/go/format.ts';
import type { Reflected } from '#batches/go/reflect.ts';
import { countText, replaceAllText, splitText } from '#batches/go/strings.ts';
import { joined } from '#batches/go/text-bytes.ts';
import { GoStrings } from '#batches/go/values.ts';
import { equalsAny, lessOrEqual, lessThan } from './compare.ts';
import { indexInto, lengthOf, sliceOf } from './containers.ts';
import { escapeHtml, escapeJs, escapeQuery, printedOperands } from './escape.ts';
import { FunctionError, operandsFrom, stringAt, type ParameterType, type PureFunction } from './function.ts';
import { LIST_ITEMS_MAX, OUTPUT_CHARACTERS_MAX } from './limits.ts';
import { isTrue } from './truth.ts';

function define(
  parameters: readonly ParameterType[],
  variadic: ParameterType | null,
  call: (values: readonly Reflected[]) => Reflected,
): PureFunction {
  return { parameters, variadic, call };
}

const unreachable = (): never => {
  throw new Error('and, or and call are evaluated by the evaluator');
};

export const GO_FUNCTIONS: ReadonlyMap<string, PureFunction> = new Map([
  ['and', define(['reflect'], 'reflect', unreachable)],
  ['or', define(['reflect'], 'reflect', unreachable)],
  ['call', define(['reflect'], 'reflect', unreachable)],
  ['not', define(['reflect'], null, ([value = null]) => !isTrue(value))],
  ['eq', define(['reflect'], 'reflect', ([first = null, ...others]) => equalsAny(first, others))],
  ['ne', define(['reflect', 'reflect'], null, ([a = null, b = null]) => !equalsAny(a, [b]))],
  ['lt', define(['reflect', 'reflect'], null, ([a = null, b = null]) => lessThan(a, b))],
  ['le', define(['reflect', 'reflect'], null, ([a = null, b = null]) => lessOrEqual(a, b))],
  ['gt', define(['reflect', 'reflect'], null, ([a = null, b = null]) => !lessOrEqual(a, b))],
  ['ge', define(['reflect', 'reflect'], null, ([a = null, b = null]) => !lessThan(a, b))],
  ['len', define(['reflect'], null, ([value = null]) => lengthOf(value))],
  ['index', define(['reflect'], 'reflect', ([item = null, ...indexes]) => indexInto(item, indexes))],
  ['slice', define(['reflect'], 'reflect', ([item = null, ...indexes]) => sliceOf(item, indexes))],
  ['print', define([], 'any', (values) => sprint(operandsFrom(values, 0)))],
  ['println', define([], 'any', (values) => sprintln(operandsFrom(values, 0)))],
  ['printf', define(['string'], 'any', (values) => sprintf(stringAt(values, 0), operandsFrom(values, 1)))],
  ['html', define([], 'any', (values) => escapeHtml(printedOperands(operandsFrom(values, 0))))],
  ['js', define([], 'any', (values) => escapeJs(printedOperands(operandsFrom(values, 0))))],
  ['urlquery', define([], 'any', (values) => escapeQuery(printedOperands(operandsFrom(values, 0))))],
]);

export const BATCH_FUNCTIONS: ReadonlyMap<string, PureFunction> = new Map([
  ['join', define(['[]string', 'string'], null, (values) => join(listAt(values, 0), stringAt(values, 1)))],
  ['split', define(['string', 'string'], null, (values) => split(stringAt(values, 0), stringAt(values, 1)))],
  [
    'replace',
    define(['string', 'string', 'string'], null, (values) =>
      replace(stringAt(values, 0), stringAt(values, 1), stringAt(values, 2)),
    ),
  ],
  ['join_if', define(['string'], 'string', (values) => joinNonEmpty(stringAt(values, 0), values.slice(1)))],
  ['matches', define(['string', 'string'], null, (values) => matches(stringAt(values, 0), stringAt(values, 1)))],
]);

function listAt(values: readonly Reflected[], index: number): readonly string[] {
  const value = values[index];
  if (!(value instanceof GoStrings)) throw new TypeError(`argument ${index} passed as []string is none`);
  return value.items ?? [];
}

function join(items: readonly string[], separator: string): string {
  checkLength(items.reduce((sum, item) => sum + item.length, 0) + items.length * separator.length);
  return joined(items.join(separator));
}

function joinNonEmpty(separator: string, values: readonly Reflected[]): string {
  return join(
    values.filter((value): value is string => typeof value === 'string' && value !== ''),
    separator,
  );
}

function split(text: string, separator: string): GoStrings {
  if (countText(text, separator) > LIST_ITEMS_MAX) throw new FunctionError(`result exceeds ${LIST_ITEMS_MAX} elements`);
  return new GoStrings(splitText(text, separator));
}

function replace(text: string, old: string, replacement: string): string {
  checkLength(text.length + countText(text, old) * replacement.length);
  return replaceAllText(text, old, replacement);
}

function checkLength(characters: number): void {
  if (characters > OUTPUT_CHARACTERS_MAX) throw new FunctionError(`result exceeds ${OUTPUT_CHARACTERS_MAX} characters`);
}

function matches(text: string, pattern: string): boolean {
  const result = globMatches(pattern, text);
  if (result.kind === 'error') throw new FunctionError(result.message);
  return result.value;
}
