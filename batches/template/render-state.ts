// One render as it goes: where it stands (for errors), its variables, its output, and what it may still spend.
import { sprintf } from '#batches/go/format.ts';
import type { GoConcrete, Reflected } from '#batches/go/reflect.ts';
import { byteLength } from '#batches/go/text-bytes.ts';
import { TemplateError } from './error.ts';
import type { TemplateData } from './data.ts';
import type { TemplateFunction } from './function.ts';
import { OUTPUT_CHARACTERS_MAX, RENDER_WORK_MAX, VARIABLE_COST } from './limits.ts';
import { nodeText } from './node-text.ts';
import type { Node, StatementNode, TemplateTree } from './nodes.ts';

/** A text whose trees are ready to be rendered. */
export interface ParsedTemplate {
  readonly name: string;
  readonly text: string;
  readonly trees: ReadonlyMap<string, TemplateTree>;
  readonly functions: ReadonlyMap<string, TemplateFunction>;
}

/** A node to name in errors; a statement list stands for itself only by its last node. */
type Place = Node | StatementNode;

export class RenderState {
  readonly template: ParsedTemplate;
  readonly data: TemplateData;
  /** The node at hand, which errors name. */
  node: Place | null = null;
  /** Name of the template that is being executed: the text's own, or that of a definition in it. */
  executing: string;
  names: string[];
  values: Reflected[];
  output = '';
  private work = 0;

  constructor(template: ParsedTemplate, data: TemplateData) {
    this.template = template;
    this.data = data;
    this.executing = template.name;
    this.names = ['$'];
    this.values = [data.dot];
  }

  write(text: string): void {
    this.output += text;
    if (this.output.length > OUTPUT_CHARACTERS_MAX) {
      this.fail(`exceeded maximum output length (${OUTPUT_CHARACTERS_MAX})`);
    }
  }

  /** Counts work that grows with the template's data, so that no template runs for ever. */
  spend(units: number): void {
    this.work += units;
    if (this.work > RENDER_WORK_MAX) this.fail(`exceeded maximum work of a render (${RENDER_WORK_MAX})`);
  }

  declare(name: string, value: Reflected): void {
    this.names.push(name);
    this.values.push(value);
  }

  /** Assigns to the variable of this name that was declared last. */
  assign(name: string, value: Reflected): void {
    const at = this.names.lastIndexOf(name);
    if (at < 0) this.fail('undefined variable: %s', name);
    this.spend((this.names.length - at) * VARIABLE_COST);
    this.values[at] = value;
  }

  variable(name: string): Reflected {
    const at = this.names.lastIndexOf(name);
    if (at < 0) this.fail('undefined variable: %s', name);
    this.spend((this.names.length - at) * VARIABLE_COST);
    return this.values[at] ?? null;
  }

  /** Forgets the variables that were declared since there were `count`. */
  truncateVariables(count: number): void {
    if (this.names.length === count) return;
    this.names.length = count;
    this.values.length = count;
  }

  /** Go's error: place, template and node. The text's name is part of the format: a % in it is read as a verb. */
  fail(format: string, ...operands: readonly (GoConcrete | null)[]): never {
    const executing = doublePercent(this.executing);
    const prefix =
      this.node === null
        ? `template: ${executing}: `
        : `template: ${this.location(this.node)}: ${sprintf('executing %q', [executing])} at <${doublePercent(nodeText(this.node))}>: `;
    throw new TemplateError(sprintf(prefix + format, operands));
  }

  /** Go marks the inner error with %w, which shows where a % in the text's name has taken its place. */
  failCall(name: string, problem: string): never {
    const takesOperands = this.template.name.replaceAll('%%', '').includes('%');
    this.fail(`error calling %s: ${takesOperands ? '%w' : '%s'}`, name, problem);
  }

  private location(node: Place): string {
    const before = this.template.text.slice(0, node.position);
    const lineStart = before.lastIndexOf('\n') + 1;
    const line = before.split('\n').length;
    return `${this.template.name}:${line}:${byteLength(before.slice(lineStart))}`;
  }
}

function doublePercent(text: string): string {
  return text.replaceAll('%', '%%');
}
