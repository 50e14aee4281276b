// Tokens to trees: texts, actions, and the blocks of if, with, range, define and block (the other half of Go's
// text/template/parse/parse.go). Open blocks stand on a stack of their own, so nesting is bounded by the text alone.
import { trimSpace } from '#batches/go/unicode.ts';
import { TemplateError } from './error.ts';
import { Lexer } from './lexer.ts';
import { TEMPLATE_CHARACTERS_MAX } from './limits.ts';
import type { BranchNode, PipeNode, StatementNode, TemplateTree } from './nodes.ts';
import { PipelineParser } from './pipeline-parser.ts';
import { TokenReader } from './token-reader.ts';
import type { Token } from './tokens.ts';
import { VariableScope } from './variable-scope.ts';

/** The trees of a text by name; the text's own tree stands under `name` too. Throws TemplateError. */
export function parseTemplate(
  name: string,
  text: string,
  isFunction: (name: string) => boolean,
): ReadonlyMap<string, TemplateTree> {
  if (text.length > TEMPLATE_CHARACTERS_MAX) {
    throw new TemplateError(`template: ${name}: longer than ${TEMPLATE_CHARACTERS_MAX} characters`);
  }
  return new Parser(name, text, isFunction).parse();
}

/** One definition being parsed: its tokens, variables, and how many ranges are open in it. */
interface Definition {
  readonly name: string;
  readonly tokens: TokenReader;
  readonly scope: VariableScope;
  readonly pipelines: PipelineParser;
  readonly root: StatementNode[];
  openRanges: number;
}

interface OpenText {
  readonly kind: 'text';
  readonly definition: Definition;
  list: StatementNode[];
}

interface OpenDefine {
  readonly kind: 'define';
  readonly definition: Definition;
  list: StatementNode[];
}

/** A {{block}}: a definition, and the invocation that takes its place in the definition around it. */
interface OpenTemplateBlock {
  readonly kind: 'block';
  readonly definition: Definition;
  readonly outer: Definition;
  readonly position: number;
  readonly pipe: PipeNode;
  list: StatementNode[];
}

interface OpenBranch {
  readonly kind: BranchNode['kind'];
  readonly definition: Definition;
  readonly pipe: PipeNode;
  readonly scopeSize: number;
  /** Begun by an {{else if}} or {{else with}}: its {{end}} closes the branch around it too. */
  readonly chained: boolean;
  readonly body: StatementNode[];
  elseList: StatementNode[] | null;
  list: StatementNode[];
}

type OpenBlock = OpenText | OpenDefine | OpenTemplateBlock | OpenBranch;

class Parser {
  private readonly isFunction: (name: string) => boolean;
  private readonly trees = new Map<string, TemplateTree>();
  private readonly open: OpenBlock[];

  constructor(name: string, text: string, isFunction: (name: string) => boolean) {
    this.isFunction = isFunction;
    const definition = this.define(name, new TokenReader(new Lexer(text), name));
    this.open = [{ kind: 'text', definition, list: definition.root }];
  }

  parse(): ReadonlyMap<string, TemplateTree> {
    for (;;) {
      const block = this.innermost();
      const { tokens } = block.definition;
      if (block.kind === 'text') {
        if (tokens.peek().type === 'eof') {
          this.add(block.definition);
          return this.trees;
        }
        if (this.openDefine(tokens)) continue;
      } else if (tokens.peekNonSpace().type === 'eof') {
        tokens.fail('unexpected EOF');
      }
      this.textOrAction(block);
    }
  }

  private innermost(): OpenBlock {
    const block = this.open.at(-1);
    if (block === undefined) throw new Error('the parser has closed the text itself');
    return block;
  }

  private define(name: string, tokens: TokenReader): Definition {
    const scope = new VariableScope();
    const pipelines = new PipelineParser(tokens, scope, this.isFunction);
    return { name, tokens, scope, pipelines, root: [], openRanges: 0 };
  }

  /** {{define "name"}}, which stands at the top of a text only. */
  private openDefine(outer: TokenReader): boolean {
    if (outer.peek().type !== 'left delimiter') return false;
    const delimiter = outer.next();
    if (outer.nextNonSpace().type !== 'define') {
      outer.backup2(delimiter);
      return false;
    }
    const context = 'define clause';
    const tokens = outer.forDefinition();
    const token = tokens.nextNonSpace();
    if (token.type !== 'string' && token.type !== 'raw string') tokens.unexpected(token, context);
    const definition = this.define(
      new PipelineParser(tokens, new VariableScope(), this.isFunction).unquoted(token),
      tokens,
    );
    tokens.expect('right delimiter', context);
    this.open.push({ kind: 'define', definition, list: definition.root });
    return true;
  }

  private textOrAction(block: OpenBlock): void {
    const { tokens } = block.definition;
    const token = tokens.nextNonSpace();
    if (token.type === 'text') {
      block.list.push({ kind: 'text', position: token.position, text: token.text });
    } else if (token.type === 'left delimiter') {
      tokens.actionLine = token.line;
      this.action(block);
    } else {
      tokens.unexpected(token, 'input');
    }
  }

  private action(block: OpenBlock): void {
    const { tokens } = block.definition;
    const token = tokens.nextNonSpace();
    if (token.type === 'if' || token.type === 'with' || token.type === 'range') {
      this.openBranch(block, token.type, false);
    } else if (token.type === 'block') {
      this.openTemplateBlock(block);
    } else if (token.type === 'else') {
      this.elseControl(block);
    } else if (token.type === 'end') {
      tokens.expect('right delimiter', 'end');
      tokens.actionLine = 0;
      this.close(block);
    } else {
      block.list.push(this.simpleAction(block, token));
      tokens.actionLine = 0;
    }
  }

  private simpleAction(block: OpenBlock, token: Token): StatementNode {
    const { tokens, pipelines } = block.definition;
    if (token.type === 'break' || token.type === 'continue') return this.jump(block, token.type, token.position);
    if (token.type === 'template') return this.invocation(block.definition);
    tokens.backup();
    const { position } = tokens.peek();
    return { kind: 'action', position, pipe: pipelines.pipeline('command', 'right delimiter') };
  }

  private jump(block: OpenBlock, kind: 'break' | 'continue', position: number): StatementNode {
    const { tokens, openRanges } = block.definition;
    const token = tokens.nextNonSpace();
    if (token.type !== 'right delimiter') tokens.unexpected(token, `{{${kind}}}`);
    if (openRanges === 0) tokens.fail(`{{${kind}}} outside {{range}}`);
    return { kind, position };
  }

  private invocation(definition: Definition): StatementNode {
    const { tokens, pipelines } = definition;
    const token = tokens.nextNonSpace();
    const name = this.templateName(definition, token, 'template clause');
    let pipe: PipeNode | null = null;
    if (tokens.nextNonSpace().type !== 'right delimiter') {
      tokens.backup();
      pipe = pipelines.pipeline('template clause', 'right delimiter');
    }
    return { kind: 'template', position: token.position, name, pipe };
  }

  private templateName(definition: Definition, token: Token, context: string): string {
    if (token.type !== 'string' && token.type !== 'raw string') definition.tokens.unexpected(token, context);
    return definition.pipelines.unquoted(token);
  }

  private openTemplateBlock(block: OpenBlock): void {
    const outer = block.definition;
    const token = outer.tokens.nextNonSpace();
    const name = this.templateName(outer, token, 'block clause');
    const pipe = outer.pipelines.pipeline('block clause', 'right delimiter');
    const definition = this.define(name, outer.tokens.forDefinition());
    this.open.push({ kind: 'block', definition, outer, position: token.position, pipe, list: definition.root });
  }

  private openBranch(block: OpenBlock, kind: BranchNode['kind'], chained: boolean): void {
    const { definition } = block;
    const scopeSize = definition.scope.size;
    const pipe = definition.pipelines.pipeline(kind, 'right delimiter');
    if (kind === 'range') definition.openRanges += 1;
    const body: StatementNode[] = [];
    this.open.push({ kind, definition, pipe, scopeSize, chained, body, elseList: null, list: body });
  }

  private elseControl(block: OpenBlock): void {
    const { tokens } = block.definition;
    // "else if" and "else with" leave their second word to the branch that it opens.
    const next = tokens.peekNonSpace().type;
    if (next !== 'if' && next !== 'with') tokens.expect('right delimiter', 'else');
    tokens.actionLine = 0;
    switch (block.kind) {
      case 'text':
        return tokens.fail('unexpected %s', '{{else}}');
      case 'define':
        return tokens.fail('unexpected %s in %s', '{{else}}', 'define clause');
      case 'block':
        return block.outer.tokens.fail('unexpected %s in %s', '{{else}}', 'block clause');
      case 'if':
      case 'with':
      case 'range':
        this.openElse(block);
    }
  }

  private openElse(branch: OpenBranch): void {
    const { tokens } = branch.definition;
    if (branch.elseList !== null) tokens.fail('expected end; found %s', '{{else}}');
    if (branch.kind === 'range') branch.definition.openRanges -= 1;
    branch.elseList = [];
    branch.list = branch.elseList;
    if (branch.kind === 'range' || tokens.peek().type !== branch.kind) return;
    tokens.next();
    this.openBranch(branch, branch.kind, true);
  }

  private close(block: OpenBlock): void {
    const { definition } = block;
    switch (block.kind) {
      case 'text':
        definition.tokens.fail('unexpected %s', '{{end}}');
        break;
      case 'define':
        this.open.pop();
        this.add(definition);
        return;
      case 'block':
        this.open.pop();
        this.add(definition);
        this.innermost().list.push({
          kind: 'template',
          position: block.position,
          name: definition.name,
          pipe: block.pipe,
        });
        block.outer.tokens.actionLine = 0;
        return;
      case 'if':
      case 'with':
      case 'range':
        this.closeBranch(block);
    }
  }

  /** Closes a branch and those around it whose {{else if}} it ends. */
  private closeBranch(innermost: OpenBranch): void {
    let branch = innermost;
    for (;;) {
      const { definition, kind, pipe, body, elseList } = branch;
      if (kind === 'range' && elseList === null) definition.openRanges -= 1;
      definition.scope.truncate(branch.scopeSize);
      this.open.pop();
      const around = this.innermost();
      around.list.push({ kind, position: pipe.position, pipe, list: body, elseList });
      if (!branch.chained || around.kind === 'text' || around.kind === 'define' || around.kind === 'block') return;
      branch = around;
    }
  }

  /** Of two definitions of a name one must be empty, but for spaces. */
  private add(definition: Definition): void {
    const { name, root, tokens } = definition;
    const earlier = this.trees.get(name);
    if (earlier === undefined || isEmpty(earlier.root)) this.trees.set(name, { name, root });
    else if (!isEmpty(root)) tokens.fail('template: multiple definition of template %q', name);
  }
}

function isEmpty(list: readonly StatementNode[]): boolean {
  return list.every((node) => node.kind === 'text' && trimSpace(node.text) === '');
}
