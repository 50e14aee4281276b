// Pipelines to values (the eval functions of Go's text/template/exec.go). `state.node` is set where Go sets it, so that an
// error names the node that Go names.
import {
  contentOf,
  elementCount,
  GoInterface,
  typeNameOf,
  type GoConcrete,
  type Reflected,
} from '#batches/go/reflect.ts';
import { FormatTooLongError } from '#batches/go/format-state.ts';
import { GoInt, GoStrings } from '#batches/go/values.ts';
import { memberOf } from './fields.ts';
import {
  acceptsNil,
  convert,
  FunctionError,
  parameterAt,
  parameterTypeName,
  type ParameterType,
  type TemplateFunction,
} from './function.ts';
import { CHARACTER_COST, COMMAND_COST, LIST_ITEM_COST } from './limits.ts';
import { nodeText } from './node-text.ts';
import type {
  ChainNode,
  CommandNode,
  IdentifierNode,
  NumberNode,
  OperandNode,
  PipeNode,
  VariableNode,
} from './nodes.ts';
import type { RenderState } from './render-state.ts';
import { isTrue } from './truth.ts';

/** What the command before in the pipeline has left; undefined for the first one (`missingVal`). */
type Final = Reflected | undefined;

/** The pipeline's value, never an interface; null is nil. Its variables are declared or assigned. */
export function evaluatePipeline(state: RenderState, dot: Reflected, pipe: PipeNode): GoConcrete | null {
  state.node = pipe;
  let value: GoConcrete | null | undefined;
  for (const command of pipe.commands) value = contentOf(evaluateCommand(state, dot, command, value));
  const result = value ?? null;
  for (const variable of pipe.variables) {
    if (pipe.isAssignment) state.assign(variable.name, result);
    else state.declare(variable.name, result);
  }
  return result;
}

function evaluateCommand(state: RenderState, dot: Reflected, command: CommandNode, final: Final): Reflected {
  state.spend(COMMAND_COST);
  const { operands } = command;
  const [first] = operands;
  switch (first.kind) {
    case 'field':
      state.node = first;
      return evaluateFields(state, dot, first.fields, operands, final);
    case 'chain':
      return evaluateChain(state, dot, first, operands, final);
    case 'identifier':
      return callFunction(state, dot, first, command, operands, final);
    case 'pipe':
      refuseArguments(state, operands, final);
      return evaluatePipeline(state, dot, first);
    case 'variable':
      return evaluateVariable(state, first, operands, final);
    case 'nil':
    case 'dot':
    case 'bool':
    case 'number':
    case 'string':
      state.node = first;
      refuseArguments(state, operands, final);
      if (first.kind === 'nil') state.fail('nil is not a command');
      return literal(state, dot, first);
  }
}

type LiteralNode = Extract<OperandNode, { kind: 'dot' | 'bool' | 'number' | 'string' }>;

function literal(state: RenderState, dot: Reflected, node: LiteralNode): Reflected {
  switch (node.kind) {
    case 'dot':
      return dot;
    case 'bool':
    case 'string':
      return node.value;
    case 'number':
      return constant(state, node);
  }
}

function constant(state: RenderState, node: NumberNode): GoConcrete {
  state.node = node;
  return node.value ?? state.fail('%s overflows int', node.text);
}

function refuseArguments(state: RenderState, operands: readonly [OperandNode, ...OperandNode[]], final: Final): void {
  if (operands.length > 1 || final !== undefined) {
    state.fail("can't give argument to non-function %s", nodeText(operands[0]));
  }
}

function evaluateVariable(
  state: RenderState,
  node: VariableNode,
  operands: readonly [OperandNode, ...OperandNode[]],
  final: Final,
): Reflected {
  state.node = node;
  const value = state.variable(node.name);
  if (node.fields.length === 0) {
    refuseArguments(state, operands, final);
    return value;
  }
  return evaluateFields(state, value, node.fields, operands, final);
}

function evaluateChain(
  state: RenderState,
  dot: Reflected,
  node: ChainNode,
  operands: readonly OperandNode[],
  final: Final,
): Reflected {
  state.node = node;
  const { of } = node;
  state.node = of;
  const receiver =
    of.kind === 'identifier' ? callFunction(state, dot, of, of, [of], undefined) : evaluatePipeline(state, dot, of);
  return evaluateFields(state, receiver, node.fields, operands, final);
}

/** .X.Y.Z from a receiver; only the last may be a method that is given arguments. */
function evaluateFields(
  state: RenderState,
  from: Reflected,
  fields: readonly string[],
  operands: readonly OperandNode[],
  final: Final,
): Reflected {
  let receiver = from;
  fields.forEach((field, index) => {
    const isLast = index === fields.length - 1;
    const given = isLast ? operands.length - 1 + (final === undefined ? 0 : 1) : 0;
    receiver = evaluateField(state, receiver, field, given);
  });
  return receiver;
}

/** `given`: how many arguments stand after the field or come from the pipe. */
function evaluateField(state: RenderState, receiver: Reflected, field: string, given: number): Reflected {
  if (receiver === null) return state.fail('nil data; no entry for key %q', field);
  const member = memberOf(receiver, field);
  switch (member.kind) {
    case 'method': // none that templates reach takes an argument
      return given === 0 ? member.call() : failArgumentCount(state, field, 0, given);
    case 'field':
      return given === 0 ? member.value : state.fail('%s has arguments but cannot be invoked as function', field);
    case 'entry':
      if (given > 0) state.fail('%s is not a method but has arguments', field);
      return member.value ?? state.fail('map has no entry for key %q', field);
    case 'error':
      return state.fail(member.format, ...member.operands);
  }
}

function callFunction(
  state: RenderState,
  dot: Reflected,
  node: IdentifierNode,
  context: IdentifierNode | CommandNode,
  operands: readonly OperandNode[],
  final: Final,
): Reflected {
  state.node = node;
  const callee = state.template.functions.get(node.name);
  if (callee === undefined) return state.fail('%q is not a defined function', node.name);
  checkArgumentCount(state, callee, node.name, operands.length - 1, final);
  if (node.name === 'and' || node.name === 'or') return shortCircuit(state, dot, node.name, operands, final);
  const values: Reflected[] = [];
  for (let i = 1; i < operands.length; i++) {
    values.push(evaluateArgument(state, dot, parameterAt(callee, i - 1), operands[i] as OperandNode));
  }
  if (final !== undefined) values.push(converted(state, final, parameterAt(callee, values.length)));
  let result: Reflected;
  try {
    result = node.name === 'call' ? refuseCall(values[0] ?? null, operands[1], final) : callee.call(values, state.data);
  } catch (error) {
    if (!(error instanceof FunctionError || error instanceof FormatTooLongError)) throw error;
    state.node = context;
    return state.fail('error calling %s: %s', node.name, error.message);
  }
  state.spend(workOf(values, result));
  return result;
}

function failArgumentCount(state: RenderState, name: string, wanted: number, given: number): never {
  state.fail('wrong number of args for %s: want %d got %d', name, new GoInt(wanted), new GoInt(given));
}

function checkArgumentCount(
  state: RenderState,
  callee: TemplateFunction,
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

/** `and` and `or` evaluate no further than they must, and give the value that decided. */
function shortCircuit(
  state: RenderState,
  dot: Reflected,
  name: 'and' | 'or',
  operands: readonly OperandNode[],
  final: Final,
): Reflected {
  let value: Reflected = null;
  for (const operand of operands.slice(1)) {
    value = evaluateArgument(state, dot, 'reflect', operand);
    if (isTrue(value) === (name === 'or')) return value;
  }
  return final === undefined ? value : final;
}

/** No value of a template is a function. */
function refuseCall(callee: Reflected, operand: OperandNode | undefined, final: Final): never {
  const content = contentOf(callee);
  if (content === null) throw new FunctionError('call of nil');
  const written =
    operand !== undefined ? nodeText(operand) : typeof final === 'string' ? final : `<${typeNameOf(content)} Value>`;
  throw new FunctionError(`non-function ${written} of type ${typeNameOf(content)}`);
}

/** The work of a call, by what went in and came out. */
function workOf(values: readonly Reflected[], result: Reflected): number {
  let work = workOn(result);
  for (const value of values) work += workOn(value);
  return work;
}

function workOn(value: Reflected): number {
  if (typeof value === 'string') return value.length * CHARACTER_COST;
  return value instanceof GoStrings || Array.isArray(value) ? elementCount(value) * LIST_ITEM_COST : 0;
}

function evaluateArgument(state: RenderState, dot: Reflected, type: ParameterType, node: OperandNode): Reflected {
  state.node = node;
  switch (node.kind) {
    case 'nil':
      if (!acceptsNil(type)) state.fail('cannot assign nil to %s', parameterTypeName(type));
      return converted(state, null, type);
    case 'dot':
      return converted(state, dot, type);
    case 'field':
      return converted(state, evaluateFields(state, dot, node.fields, [node], undefined), type);
    case 'variable':
      return converted(state, evaluateVariable(state, node, [node], undefined), type);
    case 'pipe':
      return converted(state, evaluatePipeline(state, dot, node), type);
    case 'identifier':
      return converted(state, callFunction(state, dot, node, node, [node], undefined), type);
    case 'chain':
      return converted(state, evaluateChain(state, dot, node, [node], undefined), type);
    case 'bool':
    case 'number':
    case 'string':
      return literalArgument(state, type, node);
  }
}

function literalArgument(
  state: RenderState,
  type: ParameterType,
  node: Exclude<LiteralNode, { kind: 'dot' }>,
): Reflected {
  switch (type) {
    case '[]string':
      return state.fail("can't handle %s for arg of type %s", nodeText(node), type);
    case 'string':
      return node.kind === 'string' ? node.value : state.fail('expected string; found %s', nodeText(node));
    case 'any':
    case 'reflect':
      return node.kind === 'number' ? constant(state, node) : node.value;
  }
}

function converted(state: RenderState, value: Reflected, type: ParameterType): Reflected {
  if (type === 'reflect' || (type === 'any' && !(value instanceof GoInterface))) return value;
  const conversion = convert(value, type);
  return 'error' in conversion ? state.fail('%s', conversion.error) : conversion.value;
}
