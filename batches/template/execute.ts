// Walks a template's statements and prints (the walk functions of Go's text/template/exec.go). Open lists stand on a stack
// of their own: neither nesting nor template invocations use JavaScript's, so Go's limit of 100,000 invocations holds here.
import { sprint } from '#batches/go/format.ts';
import {
  contentOf,
  elementAt,
  elementCount,
  GoByte,
  GoPointer,
  kindOf,
  sortedEntries,
  type GoConcrete,
  type Reflected,
} from '#batches/go/reflect.ts';
import { GoInt, GoUint64 } from '#batches/go/values.ts';
import { evaluatePipeline } from './evaluate.ts';
import { COMMAND_COST, LIST_ITEM_COST, TEMPLATE_DEPTH_MAX } from './limits.ts';
import type { BranchNode, StatementNode, TemplateNode, TemplateTree } from './nodes.ts';
import { integerItems, type RangeItem } from './range-items.ts';
import type { RenderState } from './render-state.ts';
import { isTrue } from './truth.ts';

/** A list of statements being walked, and what is restored when it ends. */
interface OpenList {
  readonly statements: readonly StatementNode[];
  next: number;
  dot: Reflected;
  /** Variables that existed before the list's own. */
  readonly variables: number;
  readonly range: OpenRange | null;
  /** Set by a template invocation: the variables and name of the template that it stands in. */
  readonly caller: Caller | null;
}

interface OpenRange {
  readonly node: BranchNode;
  readonly items: Iterator<RangeItem>;
  /** Variables that exist before each iteration. */
  readonly iterationVariables: number;
}

interface Caller {
  readonly executing: string;
  readonly names: string[];
  readonly values: Reflected[];
}

export function executeTemplate(state: RenderState, tree: TemplateTree): string {
  new Walker(state).walk(tree.root);
  return state.output;
}

class Walker {
  private readonly state: RenderState;
  private readonly open: OpenList[] = [];
  private depth = 0;

  constructor(state: RenderState) {
    this.state = state;
  }

  walk(root: readonly StatementNode[]): void {
    this.openList(root, this.state.data.dot, 1);
    for (let list = this.open.at(-1); list !== undefined; list = this.open.at(-1)) {
      const statement = list.statements[list.next];
      if (statement === undefined) {
        if (list.range === null || !this.nextIteration(list, list.range)) this.closeList(list);
        continue;
      }
      list.next += 1;
      this.statement(statement, list.dot);
    }
  }

  private statement(node: StatementNode, dot: Reflected): void {
    const { state } = this;
    state.node = node;
    state.spend(COMMAND_COST);
    switch (node.kind) {
      case 'text':
        state.write(node.text);
        return;
      case 'action': {
        const value = evaluatePipeline(state, dot, node.pipe);
        state.node = node;
        if (node.pipe.variables.length === 0) state.write(printed(value));
        return;
      }
      case 'if':
      case 'with':
        this.branch(node, dot);
        return;
      case 'range':
        this.range(node, dot);
        return;
      case 'template':
        this.invoke(node, dot);
        return;
      case 'break':
        this.leaveRange();
        return;
      case 'continue':
        this.continueRange();
    }
  }

  private openList(
    statements: readonly StatementNode[],
    dot: Reflected,
    variables: number,
    caller: Caller | null = null,
  ): void {
    this.open.push({ statements, next: 0, dot, variables, range: null, caller });
  }

  private closeList(list: OpenList): void {
    this.open.pop();
    if (list.caller === null) {
      this.state.truncateVariables(list.variables);
      return;
    }
    this.depth -= 1;
    this.state.executing = list.caller.executing;
    this.state.names = list.caller.names;
    this.state.values = list.caller.values;
  }

  private branch(node: BranchNode, dot: Reflected): void {
    const variables = this.state.names.length;
    const value = evaluatePipeline(this.state, dot, node.pipe);
    if (isTrue(value)) this.openList(node.list, node.kind === 'with' ? value : dot, variables);
    else this.openElse(node, dot, variables);
  }

  private openElse(node: BranchNode, dot: Reflected, variables: number): void {
    if (node.elseList === null) this.state.truncateVariables(variables);
    else this.openList(node.elseList, dot, variables);
  }

  private range(node: BranchNode, dot: Reflected): void {
    const { state } = this;
    const variables = state.names.length;
    const value = evaluatePipeline(state, dot, node.pipe);
    const items = this.itemsOf(node, value);
    const range = { node, items, iterationVariables: state.names.length };
    const list: OpenList = { statements: node.list, next: 0, dot, variables, range, caller: null };
    if (this.nextIteration(list, range)) this.open.push(list);
    else this.openElse(node, dot, variables);
  }

  private itemsOf(node: BranchNode, value: GoConcrete | null): Iterator<RangeItem> {
    const { state } = this;
    if (value === null) return [][Symbol.iterator]();
    if (value instanceof GoInt || value instanceof GoUint64 || value instanceof GoByte) {
      if (node.pipe.variables.length > 1) {
        state.fail("can't use %v to iterate over more than one variable", value);
      }
      return integerItems(value);
    }
    const kind = kindOf(value);
    if (kind === 'slice') return sliceItems(value);
    if (kind !== 'map') state.fail("range can't iterate over %v", value instanceof GoPointer ? value.target : value);
    state.spend(elementCount(value) * LIST_ITEM_COST);
    return sortedEntries(value)[Symbol.iterator]();
  }

  /** Sets dot and the range's variables for the next element; false when there is none. */
  private nextIteration(list: OpenList, range: OpenRange): boolean {
    const { state } = this;
    state.truncateVariables(range.iterationVariables);
    const item = range.items.next();
    if (item.done === true) return false;
    state.spend(COMMAND_COST);
    const [index, element] = item.value;
    const { variables, isAssignment } = range.node.pipe;
    const [first, second] = variables;
    if (first !== undefined && isAssignment) {
      // With two variables the index comes first; with one it is the element.
      state.assign(first.name, second === undefined ? element : index);
      if (second !== undefined) state.assign(second.name, element);
    } else if (first !== undefined) {
      state.values[state.values.length - 1] = element;
      if (second !== undefined) state.values[state.values.length - 2] = index;
    }
    list.dot = element;
    list.next = 0;
    return true;
  }

  private leaveRange(): void {
    this.closeInnerLists();
    const list = this.open.at(-1);
    if (list !== undefined) this.closeList(list);
  }

  private continueRange(): void {
    this.closeInnerLists();
    const list = this.open.at(-1);
    if (list !== undefined) list.next = list.statements.length;
  }

  /** Closes what is open inside the innermost range. */
  private closeInnerLists(): void {
    for (let list = this.open.at(-1); list !== undefined && list.range === null; list = this.open.at(-1)) {
      this.closeList(list);
    }
  }

  private invoke(node: TemplateNode, dot: Reflected): void {
    const { state } = this;
    const tree = state.template.trees.get(node.name);
    if (tree === undefined) return state.fail('template %q not defined', node.name);
    if (this.depth === TEMPLATE_DEPTH_MAX) {
      state.fail('exceeded maximum template depth (%v)', new GoInt(TEMPLATE_DEPTH_MAX));
    }
    const argument = node.pipe === null ? null : evaluatePipeline(state, dot, node.pipe);
    const caller = { executing: state.executing, names: state.names, values: state.values };
    this.depth += 1;
    state.executing = tree.name;
    state.names = ['$'];
    state.values = [argument];
    this.openList(tree.root, argument, 1, caller);
  }
}

function* sliceItems(slice: GoConcrete): Generator<RangeItem> {
  const count = elementCount(slice);
  for (let i = 0; i < count; i++) yield [new GoInt(i), elementAt(slice, i)];
}

/** What an action prints (`printableValue`). */
function printed(value: GoConcrete | null): string {
  if (typeof value === 'string') return value;
  if (value === null) return '<no value>';
  return sprint([value instanceof GoPointer ? value.target : contentOf(value)]);
}
