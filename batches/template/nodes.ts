// The tree of a parsed template (Go: text/template/parse/node.go). Positions are indexes into the template's text.
import type { GoConcrete } from '#batches/go/reflect.ts';

export interface TextNode {
  readonly kind: 'text';
  readonly position: number;
  readonly text: string;
}

export interface ActionNode {
  readonly kind: 'action';
  readonly position: number;
  readonly pipe: PipeNode;
}

export interface BranchNode {
  readonly kind: 'if' | 'with' | 'range';
  readonly position: number;
  readonly pipe: PipeNode;
  readonly list: readonly StatementNode[];
  /** null without {{else}}. */
  readonly elseList: readonly StatementNode[] | null;
}

export interface TemplateNode {
  readonly kind: 'template';
  readonly position: number;
  readonly name: string;
  /** null: the template is invoked with nil. */
  readonly pipe: PipeNode | null;
}

export interface JumpNode {
  readonly kind: 'break' | 'continue';
  readonly position: number;
}

export type StatementNode = TextNode | ActionNode | BranchNode | TemplateNode | JumpNode;

export interface PipeNode {
  readonly kind: 'pipe';
  readonly position: number;
  /** `=` and not `:=`. */
  readonly isAssignment: boolean;
  readonly variables: readonly VariableNode[];
  readonly commands: readonly CommandNode[];
}

export interface CommandNode {
  readonly kind: 'command';
  readonly position: number;
  /** Function or value first; never empty. */
  readonly operands: readonly [OperandNode, ...OperandNode[]];
}

export interface IdentifierNode {
  readonly kind: 'identifier';
  readonly position: number;
  readonly name: string;
}

export interface VariableNode {
  readonly kind: 'variable';
  readonly position: number;
  /** With the dollar sign. */
  readonly name: string;
  readonly fields: readonly string[];
}

export interface FieldNode {
  readonly kind: 'field';
  readonly position: number;
  readonly fields: readonly string[];
}

/** Fields of a function's result or of a pipeline in parentheses. */
export interface ChainNode {
  readonly kind: 'chain';
  readonly position: number;
  readonly of: IdentifierNode | PipeNode;
  readonly fields: readonly string[];
}

export interface DotNode {
  readonly kind: 'dot';
  readonly position: number;
}

export interface NilNode {
  readonly kind: 'nil';
  readonly position: number;
}

export interface BoolNode {
  readonly kind: 'bool';
  readonly position: number;
  readonly value: boolean;
}

export interface NumberNode {
  readonly kind: 'number';
  readonly position: number;
  readonly text: string;
  /** The constant by Go's rules for untyped constants; null when it fits no int. */
  readonly value: GoConcrete | null;
}

export interface StringNode {
  readonly kind: 'string';
  readonly position: number;
  /** As written, with its quotes. */
  readonly quoted: string;
  readonly value: string;
}

export type OperandNode =
  | IdentifierNode
  | VariableNode
  | FieldNode
  | ChainNode
  | DotNode
  | NilNode
  | BoolNode
  | NumberNode
  | StringNode
  | PipeNode;

export type Node = StatementNode | OperandNode | CommandNode;

/** One template of a text: the text itself, or what a {{define}} or {{block}} in it names. */
export interface TemplateTree {
  readonly name: string;
  readonly root: readonly StatementNode[];
}
