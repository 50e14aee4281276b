// The templates of a batch spec: Go's text/template with the delimiters ${{ and }} and missingkey=error, in the contexts that
// Sourcegraph's lib/batches/template gives them. Every function here throws TemplateError for a template that cannot be
// parsed or rendered, with the reference's text, and nothing else.
import { quote } from '#batches/go/quote.ts';
import { trimSpace } from '#batches/go/unicode.ts';
import type { StepContext } from '#batches/step-context.ts';
import { compileTemplate, renderTemplate } from './compile.ts';
import { CHANGESET_FUNCTIONS, changesetData, STEP_FUNCTIONS, stepData } from './context-data.ts';
import { TemplateError } from './error.ts';
import { LEFT_DELIMITER } from './lexer.ts';

export { TemplateError };
export { validateBatchSpecTemplate } from './validate-spec.ts';

export interface CompiledTemplate {
  render(context: StepContext): string;
}

/** A template of a step: `run`, `if`, `files`, `env`, `outputs`, `container`. */
export function compileStepTemplate(name: string, text: string): CompiledTemplate {
  const template = prefixed('parsing step run: ', () => compileTemplate(name, text, STEP_FUNCTIONS));
  return { render: (context) => renderTemplate(template, stepData(context)) };
}

export function renderStepTemplate(name: string, text: string, context: StepContext): string {
  return compileStepTemplate(name, text).render(context);
}

/** Renders each value under its key as the template's name; keys are no templates. */
export function renderStepMap(map: ReadonlyMap<string, string>, context: StepContext): Map<string, string> {
  return new Map([...map].map(([key, text]) => [key, renderStepTemplate(key, text, context)]));
}

/** A field of a changeset template; the result is trimmed. */
export function renderChangesetTemplateField(name: string, text: string, context: StepContext): string {
  const template = compileTemplate(name, text, CHANGESET_FUNCTIONS);
  return trimSpace(renderTemplate(template, changesetData(context)));
}

/** Whether the text has an action at all. */
export function containsTemplateAction(text: string): boolean {
  return text.includes(LEFT_DELIMITER);
}

/** The image of a step. A text without an action is the image as it stands, empty too. */
export function renderStepContainer(container: string, context: StepContext): string {
  if (!containsTemplateAction(container)) return container;
  const image = renderStepTemplate('step-container', container, context);
  if (trimSpace(image) === '') throw new TemplateError('empty image');
  if (containsTemplateAction(image)) throw new TemplateError(`unresolved template in image ${quote(image)}`);
  return image;
}

function prefixed<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TemplateError) throw new TemplateError(prefix + error.message);
    throw error;
  }
}
