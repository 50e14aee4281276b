// Pipelines to values (the eval functions of Go's text/template/exec.go). `state.node` is set where Go sets it, so that an
// error names the node that Go names.
import { contentOf, GoInterface, type GoConcrete, type Reflected } from '#batches/go/reflect.ts';
import { FormatTooLongError } from '#batches/go/format-state.ts';
import { checkArgumentCount, refuseCall, workOf, workOn, type Final } from './call-checks.ts';
import { memberOf } from './fields.ts';
import {
  acceptsNil,
  convert,
  FunctionError,
  parameterAt,
  parameterTypeName,
  type FunctionSignature,
  type ParameterType,
} from './function.ts';
import { COMMAND_COST } from './limits.ts';
import type { Method } from './method.ts';
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
      return evaluateFields(state, dot, dot, first.fields, operands, final);
    case 'chain':
      return evaluateChain(state, dot, first, operands, final);
    case 'identifier':
      return callFunction(state, dot, first, command, operands, final);
    case 'pipe':
      refuseArguments(state, operands, final);
      return evaluatePipeline(state, dot, first);
    case 'variable':
      return evaluateVariable(state, dot, first, operands, final);
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
  dot: Reflected,
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
  return evaluateFields(state, dot, value, node.fields, operands, final);
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
  return evaluateFields(state, dot, receiver, node.fields, operands, final);
}

/** .X.Y.Z from a receiver; only the last may be a method that is given arguments. */
function evaluateFields(
  state: RenderState,
  dot: Reflected,
  from: Reflected,
  fields: readonly string[],
  operands: readonly OperandNode[],
  final: Final,
): Reflected {
  let receiver = from;
  const last = fields.length - 1;
  fields.forEach((field, index) => {
    receiver =
      index < last
        ? evaluateField(state, dot, receiver, field, [], undefined)
        : evaluateField(state, dot, receiver, field, operands.slice(1), final);
  });
  return receiver;
}

function evaluateField(
  state: RenderState,
  dot: Reflected,
  receiver: Reflected,
  field: string,
  given: readonly OperandNode[],
  final: Final,
): Reflected {
  if (receiver === null) return state.fail('nil data; no entry for key %q', field);
  const hasArguments = given.length > 0 || final !== undefined;
  const member = memberOf(receiver, field);
  switch (member.kind) {
    case 'method':
      return callMethod(state, dot, member.method, field, given, final);
    case 'field':
      return hasArguments ? state.fail('%s has arguments but cannot be invoked as function', field) : member.value;
    case 'entry':
      if (hasArguments) state.fail('%s is not a method but has arguments', field);
      return member.value ?? state.fail('map has no entry for key %q', field);
    case 'error':
      return state.fail(member.format, ...member.operands);
  }
}

function callMethod(
  state: RenderState,
  dot: Reflected,
  method: Method,
  name: string,
  given: readonly OperandNode[],
  final: Final,
): GoConcrete {
  const signature = { parameters: method.parameters, variadic: null };
  checkArgumentCount(state, signature, name, given.length, final);
  if (method.refusal !== null) state.fail('%s', method.refusal);
  const place = state.node;
  const values = argumentsOf(state, dot, signature, given, final);
  const result = calling(state, name, place, () => method.call(values));
  state.spend(workOn(result));
  return result;
}

/** Arguments as written, and then what comes from the pipe, as the parameters want them. */
function argumentsOf(
  state: RenderState,
  dot: Reflected,
  signature: FunctionSignature,
  given: readonly OperandNode[],
  final: Final,
): Reflected[] {
  const values = given.map((operand, index) => evaluateArgument(state, dot, parameterAt(signature, index), operand));
  if (final !== undefined) values.push(converted(state, final, parameterAt(signature, values.length)));
  return values;
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
  const values = argumentsOf(state, dot, callee, operands.slice(1), final);
  const result = calling(state, node.name, context, () =>
    node.name === 'call' ? refuseCall(values[0] ?? null, operands[1], final) : callee.call(values, state.data),
  );
  state.spend(workOf(values, result));
  return result;
}

/** What the function refuses is said of the place. */
function calling<T>(state: RenderState, name: string, place: RenderState['node'], call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof FunctionError || error instanceof FormatTooLongError)) throw error;
    state.node = place;
    return state.failCall(name, error.message);
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

function evaluateArgument(state: RenderState, dot: Reflected, type: ParameterType, node: OperandNode): Reflected {
  state.node = node;
  switch (node.kind) {
    case 'nil':
      if (!acceptsNil(type)) state.fail('cannot assign nil to %s', parameterTypeName(type));
      return converted(state, null, type);
    case 'dot':
      return converted(state, dot, type);
    case 'field':
      return converted(state, evaluateFields(state, dot, dot, node.fields, [node], undefined), type);
    case 'variable':
      return converted(state, evaluateVariable(state, dot, node, [node], undefined), type);
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
    case 'time.Time':
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
