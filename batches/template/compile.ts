// A template is parsed once and rendered many times.
import { FormatTooLongError } from '#batches/go/format-state.ts';
import { joined } from '#batches/go/text-bytes.ts';
import type { TemplateData } from './data.ts';
import { TemplateError } from './error.ts';
import { executeTemplate } from './execute.ts';
import type { TemplateFunction } from './function.ts';
import { parseTemplate } from './parser.ts';
import { RenderState, type ParsedTemplate } from './render-state.ts';

/** Parses a template; throws TemplateError. `name` is what error texts call it. */
export function compileTemplate(
  name: string,
  text: string,
  functions: ReadonlyMap<string, TemplateFunction>,
): ParsedTemplate {
  return { name, text, functions, trees: parseTemplate(name, text, (word) => functions.has(word)) };
}

/** Renders a parsed template; throws TemplateError. */
export function renderTemplate(template: ParsedTemplate, data: TemplateData): string {
  const tree = template.trees.get(template.name);
  if (tree === undefined) throw new Error(`template ${template.name} has no tree of its own`);
  try {
    return joined(executeTemplate(new RenderState(template, data), tree));
  } catch (error) {
    if (error instanceof FormatTooLongError) throw new TemplateError(`template: ${template.name}: ${error.message}`);
    throw error;
  }
}
