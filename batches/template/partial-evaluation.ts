// What a template is before anything has run: the server evaluates as much of a step's `if` as needs no results of steps
// (partial_eval.go of Sourcegraph's lib/batches/template). It knows few functions and ignores what a pipe brings, and its
// answers decide which steps a job skips, so it is repeated here with its quirks.
import { sprint } from '#batches/go/format.ts';
import { contentOf, GoComplex, kindOf, typeNameOf, type GoConcrete } from '#batches/go/reflect.ts';
import { joined } from '#batches/go/text-bytes.ts';
import { GoInt } from '#batches/go/values.ts';
import type { StepContext } from '#batches/step-context.ts';
import { compileTemplate } from './compile.ts';
import { STEP_FUNCTIONS } from './context-data.ts';
import { convert, FunctionError, parameterAt } from './function.ts';
import { BATCH_FUNCTIONS } from './functions.ts';
import type { ChainNode, CommandNode, OperandNode, PipeNode, StatementNode } from './nodes.ts';
import { isTrue } from './truth.ts';

const NAME = 'partial-eval';

/** The template's text, or null when it depends on what only a run knows. Throws TemplateError when it does not parse. */
export function staticText(template: string, context: StepContext): string | null {
  const statements = compileTemplate(NAME, template, STEP_FUNCTIONS).trees.get(NAME)?.root ?? [];
  const texts: string[] = [];
  for (const statement of statements) {
    const text = staticStatement(statement, context);
    if (text === null) return null;
    texts.push(text);
  }
  return joined(texts.join(''));
}

function staticStatement(statement: StatementNode, context: StepContext): string | null {
  if (statement.kind === 'text') return statement.text;
  if (statement.kind !== 'action') return null;
  const value = staticPipe(statement.pipe, context);
  return value === null ? null : sprint([value]);
}

/** null: not known. Each command is evaluated by itself, and the last one's value is the pipeline's. */
function staticPipe(pipe: PipeNode, context: StepContext): GoConcrete | null {
  if (pipe.variables.length > 0) return null;
  let value: GoConcrete | null = null;
  for (const command of pipe.commands) {
    value = staticCommand(command, context);
    if (value === null) return null;
  }
  return value;
}

function staticCommand(command: CommandNode, context: StepContext): GoConcrete | null {
  const [first, ...rest] = command.operands;
  if (first.kind === 'identifier') return staticCall(first.name, rest, context);
  const isAlone = rest.length === 0 && first.kind !== 'pipe';
  return isAlone ? staticOperand(first, context) : null;
}

function staticOperand(operand: OperandNode, context: StepContext): GoConcrete | null {
  switch (operand.kind) {
    case 'bool':
    case 'number':
    case 'string':
      return operand.value;
    case 'chain':
      return staticChain(operand, context);
    case 'pipe':
      return staticPipe(operand, context);
    case 'identifier':
    case 'variable':
    case 'field':
    case 'dot':
    case 'nil':
      return null;
  }
}

/** The only variables that are known: a repository's branch and its search result paths are not, in the reference. */
function staticChain(chain: ChainNode, context: StepContext): GoConcrete | null {
  if (chain.of.kind !== 'identifier') return null;
  switch ([chain.of.name, ...chain.fields].join('.')) {
    case 'repository.name':
      return context.repository.name;
    case 'batch_change.name':
      return context.batchChange.name;
    case 'batch_change.description':
      return context.batchChange.description;
    default:
      return null;
  }
}

function staticCall(name: string, operands: readonly OperandNode[], context: StepContext): GoConcrete | null {
  const values: GoConcrete[] = [];
  for (const operand of operands) {
    const value = staticOperand(operand, context);
    if (value === null) return null;
    values.push(value);
  }
  const [first, second] = values;
  switch (name) {
    case 'not':
      return values.length === 1 && first !== undefined ? !isTrue(first) : null;
    case 'eq':
    case 'ne': {
      if (values.length !== 2 || first === undefined || second === undefined) return null;
      const equal = isEqual(first, second);
      return equal === null ? null : equal === (name === 'eq');
    }
    default:
      return staticBatchFunction(name, values);
  }
}

/** Go's `==` of two interfaces: type and value. null: two lists, over which it panics. */
function isEqual(left: GoConcrete, right: GoConcrete): boolean | null {
  if (typeNameOf(left) !== typeNameOf(right)) return false;
  if (kindOf(left) === 'slice') return null;
  if (left instanceof GoInt && right instanceof GoInt) return left.value === right.value;
  if (left instanceof GoComplex && right instanceof GoComplex) return left.re === right.re && left.im === right.im;
  return left === right;
}

/** Only the functions that batch specs add; arguments of a wrong number or type make the call unknown. */
function staticBatchFunction(name: string, values: readonly GoConcrete[]): GoConcrete | null {
  const callee = BATCH_FUNCTIONS.get(name);
  if (callee === undefined || values.length < callee.parameters.length) return null;
  if (callee.variadic === null && values.length > callee.parameters.length) return null;
  const fits = values.every((value, index) => 'value' in convert(value, parameterAt(callee, index)));
  if (!fits) return null;
  try {
    return contentOf(callee.call(values));
  } catch (error) {
    if (error instanceof FunctionError) return null;
    throw error;
  }
}
