// The dry run over the text of a whole batch spec: finds template variables that do not exist before anything is executed
// (`ValidateBatchSpecTemplate` of Sourcegraph's lib/batches/template).
import { NO_CHANGES, NO_STEP_RESULT } from '#batches/step-result.ts';
import type { StepContext } from '#batches/step-context.ts';
import { compileTemplate, renderTemplate } from './compile.ts';
import { BATCH_SPEC_FUNCTIONS, batchSpecData } from './context-data.ts';
import { TemplateError } from './error.ts';

const NAME = 'validateBatchSpecTemplate';
const PREFIX = 'validating batch spec template: ';
const NO_CONTEXT: StepContext = {
  batchChange: { name: '', description: '' },
  repository: { name: '', branch: '', fileMatches: null },
  outputs: null,
  previousStep: NO_STEP_RESULT,
  step: NO_STEP_RESULT,
  steps: { changes: NO_CHANGES, path: '' },
};

/** Throws TemplateError when the spec uses a variable that no context has, or cannot be parsed. */
export function validateBatchSpecTemplate(specText: string): void {
  const text = withoutIndexes(withoutOutputs(specText));
  explained(/function "([^"]+)" not defined/i, () => {
    const template = compileTemplate(NAME, text, BATCH_SPEC_FUNCTIONS);
    explained(/at <([^>]+)>:[^\n]*for key "([^"]+)"/i, () => renderTemplate(template, batchSpecData(NO_CONTEXT)));
  });
}

/** An action that mentions an output goes away: which outputs there will be, no dry run knows. */
function withoutOutputs(text: string): string {
  return withoutActions(text, lastMatchBefore(text, /outputs\./giu));
}

/** An action that begins with the word index goes away: what there will be to index, no dry run knows. */
function withoutIndexes(text: string): string {
  const starts = new Set(Array.from(text.matchAll(/\$\{\{[\t\n\f\r ]*index/gi), (match) => match.index));
  return withoutActions(text, (start) => starts.has(start));
}

/**
 * Removes every stretch from a start delimiter to the next closing brace, when that is the first of two and `matches` says
 * so. A brace inside a string ends the stretch too, and a stretch may begin in an earlier action: the reference does this
 * with regular expressions over the whole text. Written out here, it takes linear time.
 */
function withoutActions(text: string, matches: (start: number, end: number) => boolean): string {
  let kept = '';
  let keptTo = 0;
  let brace = -1;
  for (let start = text.indexOf('${{'); start >= 0;) {
    if (brace < start) brace = text.indexOf('}', start);
    if (brace < 0) break;
    if (text[brace + 1] === '}' && matches(start, brace)) {
      kept += text.slice(keptTo, start);
      keptTo = brace + 2;
      start = text.indexOf('${{', keptTo);
    } else {
      start = text.indexOf('${{', start + 1);
    }
  }
  return kept + text.slice(keptTo);
}

/** Whether a match of the pattern lies between two places, asked with places that only grow. */
function lastMatchBefore(text: string, pattern: RegExp): (start: number, end: number) => boolean {
  const ends = Array.from(text.matchAll(pattern), (match) => [match.index, match.index + match[0].length] as const);
  let next = 0;
  let last = -1;
  return (start, end) => {
    for (let match = ends[next]; match !== undefined && match[1] <= end; match = ends[++next]) last = match[0];
    return last >= start + '${{'.length;
  };
}

/** Error texts longer than this are not searched for the name of a variable: they quote a spec's own long strings. */
const SEARCHED_TEXT_MAX = 16_384;

/** The error in the words of the reference: the variable, when the pattern finds one. */
function explained(pattern: RegExp, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TemplateError) || error.message.startsWith(PREFIX)) throw error;
    const found = error.message.length > SEARCHED_TEXT_MAX ? null : pattern.exec(error.message);
    const variable = found?.slice(1).join('.');
    throw new TemplateError(
      PREFIX + (variable === undefined ? error.message : `unknown templating variable: '${variable}'`),
    );
  }
}
