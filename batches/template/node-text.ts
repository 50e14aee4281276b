// Nodes as text. Go prints its standard delimiters whatever the template's own are; error texts show nodes this way.
import { quote } from '#batches/go/quote.ts';
import type { BranchNode, CommandNode, Node, OperandNode, PipeNode, StatementNode } from './nodes.ts';

export function nodeText(node: Node): string {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'action':
      return `{{${pipeText(node.pipe)}}}`;
    case 'if':
    case 'with':
    case 'range':
      return branchText(node);
    case 'template':
      return `{{template ${quote(node.name)}${node.pipe === null ? '' : ` ${pipeText(node.pipe)}`}}}`;
    case 'break':
    case 'continue':
      return `{{${node.kind}}}`;
    case 'command':
      return commandText(node);
    case 'identifier':
    case 'variable':
    case 'field':
    case 'chain':
    case 'dot':
    case 'nil':
    case 'bool':
    case 'number':
    case 'string':
    case 'pipe':
      return operandText(node);
  }
}

export function listText(list: readonly StatementNode[]): string {
  return list.map(nodeText).join('');
}

function branchText(node: BranchNode): string {
  const elseText = node.elseList === null ? '' : `{{else}}${listText(node.elseList)}`;
  return `{{${node.kind} ${pipeText(node.pipe)}}}${listText(node.list)}${elseText}{{end}}`;
}

function pipeText(pipe: PipeNode): string {
  const names = pipe.variables.map((variable) => variable.name).join(', ');
  const declaration = names === '' ? '' : `${names} ${pipe.isAssignment ? '=' : ':='} `;
  return declaration + pipe.commands.map(commandText).join(' | ');
}

function commandText(command: CommandNode): string {
  return command.operands.map(parenthesized).join(' ');
}

function parenthesized(operand: OperandNode): string {
  return operand.kind === 'pipe' ? `(${pipeText(operand)})` : operandText(operand);
}

function operandText(operand: OperandNode): string {
  switch (operand.kind) {
    case 'identifier':
      return operand.name;
    case 'variable':
      return [operand.name, ...operand.fields].join('.');
    case 'field':
      return `.${operand.fields.join('.')}`;
    case 'chain':
      return [parenthesized(operand.of), ...operand.fields].join('.');
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'bool':
      return String(operand.value);
    case 'number':
      return operand.text;
    case 'string':
      return operand.quoted;
    case 'pipe':
      return pipeText(operand);
  }
}
