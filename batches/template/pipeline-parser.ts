// Pipelines, commands and operands of an action (the expression half of Go's text/template/parse/parse.go).
import { unquote } from '#batches/go/quote.ts';
import { GoInt } from '#batches/go/values.ts';
import { EXPRESSION_DEPTH_MAX } from './limits.ts';
import type { CommandNode, IdentifierNode, OperandNode, PipeNode, VariableNode } from './nodes.ts';
import { nodeText } from './node-text.ts';
import { readNumber } from './number-literal.ts';
import type { TokenReader } from './token-reader.ts';
import type { Token, TokenType } from './tokens.ts';
import type { VariableScope } from './variable-scope.ts';

/** Operands that cannot take what a pipe brings. */
const NOT_EXECUTABLE: ReadonlySet<OperandNode['kind']> = new Set(['bool', 'dot', 'nil', 'number', 'string'] as const);

export class PipelineParser {
  private readonly tokens: TokenReader;
  private readonly scope: VariableScope;
  private readonly isFunction: (name: string) => boolean;
  private depth = 0;

  constructor(tokens: TokenReader, scope: VariableScope, isFunction: (name: string) => boolean) {
    this.tokens = tokens;
    this.scope = scope;
    this.isFunction = isFunction;
  }

  /** A pipeline up to and including the token `end`; `context` names the construct in errors. */
  pipeline(context: string, end: 'right delimiter' | 'right parenthesis'): PipeNode {
    const position = this.tokens.peekNonSpace().position;
    const declared = this.declarations(context);
    const commands: CommandNode[] = [];
    for (;;) {
      const token = this.tokens.nextNonSpace();
      if (token.type === end) break;
      if (!TERMS.has(token.type)) this.tokens.unexpected(token, context);
      this.tokens.backup();
      commands.push(this.command());
    }
    this.check(commands, context);
    return { kind: 'pipe', position, ...declared, commands };
  }

  /** `$x :=`, `$x =`, and in a range `$i, $x :=`. */
  private declarations(context: string): Pick<PipeNode, 'variables' | 'isAssignment'> {
    const variables: VariableNode[] = [];
    for (;;) {
      const variable = this.tokens.peekNonSpace();
      if (variable.type !== 'variable') return { variables, isAssignment: false };
      this.tokens.next();
      // Space is a token: whether "$x foo" is an argument shows only at the third token.
      const adjacent = this.tokens.peek();
      const next = this.tokens.peekNonSpace();
      if (next.type === 'assign' || next.type === 'declare') {
        this.tokens.nextNonSpace();
        variables.push(this.declareVariable(variable));
        return { variables, isAssignment: next.type === 'assign' };
      }
      if (next.type === 'character' && next.text === ',') {
        this.tokens.nextNonSpace();
        variables.push(this.declareVariable(variable));
        this.checkSecondVariable(context, variables.length);
        continue;
      }
      if (adjacent.type === 'space') this.tokens.backup3(variable, adjacent);
      else this.tokens.backup2(variable);
      return { variables, isAssignment: false };
    }
  }

  private checkSecondVariable(context: string, count: number): void {
    if (context !== 'range' || count >= 2) this.tokens.fail('too many declarations in %s', context);
    const next = this.tokens.peekNonSpace().type;
    if (next !== 'variable' && next !== 'right delimiter' && next !== 'right parenthesis') {
      this.tokens.fail('range can only initialize variables');
    }
  }

  private declareVariable(token: Token): VariableNode {
    this.scope.declare(token.text);
    return variableNode(token);
  }

  private check(commands: readonly CommandNode[], context: string): void {
    if (commands.length === 0) this.tokens.fail('missing value for %s', context);
    commands.forEach((command, index) => {
      if (index > 0 && NOT_EXECUTABLE.has(command.operands[0].kind)) {
        this.tokens.fail('non executable command in pipeline stage %d', new GoInt(index + 1));
      }
    });
  }

  /** Operands up to a pipe, which is consumed, or the end of the pipeline, which is not. */
  private command(): CommandNode {
    const position = this.tokens.peekNonSpace().position;
    const operands: OperandNode[] = [];
    for (;;) {
      this.tokens.peekNonSpace();
      const operand = this.operand();
      if (operand !== null) operands.push(operand);
      const token = this.tokens.next();
      if (token.type === 'space') continue;
      if (token.type === 'right delimiter' || token.type === 'right parenthesis') this.tokens.backup();
      else if (token.type !== 'pipe') this.tokens.unexpected(token, 'operand');
      break;
    }
    const [first, ...rest] = operands;
    if (first === undefined) this.tokens.fail('empty command');
    return { kind: 'command', position, operands: [first, ...rest] };
  }

  /** A term and the fields after it; null when none stands here. */
  private operand(): OperandNode | null {
    const term = this.term();
    if (term === null || this.tokens.peek().type !== 'field') return term;
    const position = this.tokens.peek().position;
    const fields: string[] = [];
    while (this.tokens.peek().type === 'field') fields.push(this.tokens.next().text.slice(1));
    switch (term.kind) {
      case 'field':
      case 'variable':
        return { ...term, position, fields: [...term.fields, ...fields] };
      case 'identifier':
      case 'pipe':
        return { kind: 'chain', position, of: term, fields };
      case 'bool':
      case 'chain':
      case 'dot':
      case 'nil':
      case 'number':
      case 'string':
        return this.tokens.fail('unexpected . after term %q', nodeText(term));
    }
  }

  private term(): OperandNode | null {
    const token = this.tokens.nextNonSpace();
    const read = TERMS.get(token.type);
    if (read !== undefined) return read(this, token);
    this.tokens.backup();
    return null;
  }

  variable(token: Token): VariableNode {
    if (!this.scope.has(token.text)) this.tokens.fail('undefined variable %q', token.text);
    return variableNode(token);
  }

  number(token: Token): OperandNode {
    const number = readNumber(token.text, token.type);
    if ('error' in number) return this.tokens.fail('%s', number.error);
    return { kind: 'number', position: token.position, text: token.text, value: number.value };
  }

  string(token: Token): OperandNode {
    return { kind: 'string', position: token.position, quoted: token.text, value: this.unquoted(token) };
  }

  identifier(token: Token): IdentifierNode {
    if (!this.isFunction(token.text)) this.tokens.fail('function %q not defined', token.text);
    return { kind: 'identifier', position: token.position, name: token.text };
  }

  parenthesized(): PipeNode {
    if (this.depth >= EXPRESSION_DEPTH_MAX) this.tokens.fail('max expression depth exceeded');
    this.depth += 1;
    const pipe = this.pipeline('parenthesized pipeline', 'right parenthesis');
    this.depth -= 1;
    return pipe;
  }

  /** The value of a string literal. */
  unquoted(token: Token): string {
    return unquote(token.text) ?? this.tokens.fail('%s', 'invalid syntax');
  }
}

function variableNode(token: Token): VariableNode {
  return { kind: 'variable', position: token.position, name: token.text, fields: [] };
}

type ReadTerm = (parser: PipelineParser, token: Token) => OperandNode;

/** How each token that begins an operand is read. */
const TERMS: ReadonlyMap<TokenType, ReadTerm> = new Map<TokenType, ReadTerm>([
  ['.', (_, { position }) => ({ kind: 'dot', position })],
  ['nil', (_, { position }) => ({ kind: 'nil', position })],
  ['bool', (_, { position, text }) => ({ kind: 'bool', position, value: text === 'true' })],
  ['field', (_, { position, text }) => ({ kind: 'field', position, fields: [text.slice(1)] })],
  ['identifier', (parser, token) => parser.identifier(token)],
  ['variable', (parser, token) => parser.variable(token)],
  ['left parenthesis', (parser) => parser.parenthesized()],
  ['character constant', (parser, token) => parser.number(token)],
  ['complex', (parser, token) => parser.number(token)],
  ['number', (parser, token) => parser.number(token)],
  ['string', (parser, token) => parser.string(token)],
  ['raw string', (parser, token) => parser.string(token)],
]);
