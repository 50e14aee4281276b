// The outputs of a step: each is a template, and its text is kept as it is, or read as JSON or YAML (`SetOutputs` of
// Sourcegraph's lib/batches). The reference prints a line per output on the way; that noise is left out on purpose.
import { decodeGoJson } from './go/json-decode.ts';
import { sortedTexts } from './go/text-bytes.ts';
import type { GoValue } from './go/values.ts';
import type { StepContext } from './step-context.ts';
import type { StepOutput } from './step.ts';
import { renderStepTemplate, TemplateError } from './template/index.ts';
import { decodeYaml } from './yaml/index.ts';

export type OutputsResult =
  | { readonly kind: 'outputs'; readonly outputs: ReadonlyMap<string, GoValue> }
  /** Go's error; the outputs of this step are lost, and those of earlier steps stay as they were. */
  | { readonly kind: 'error'; readonly message: string };

type Parsed = { readonly value: GoValue } | { readonly error: string };

const END_OF_FILE = 'EOF';

/**
 * The outputs of all steps so far, with those of this step added or replaced. `context.step` is the result of the step,
 * `context.outputs` what there was before. Go makes them in random order; here it is that of the names, and as there, an
 * output sees those that were made before it.
 */
export function setOutputs(outputs: ReadonlyMap<string, StepOutput>, context: StepContext): OutputsResult {
  const all = new Map(context.outputs);
  const live: StepContext = { ...context, outputs: all };
  for (const name of sortedTexts(outputs.keys())) {
    const output = outputs.get(name);
    if (output === undefined) continue;
    const parsed = outputValue(name, output, live);
    if ('error' in parsed) return { kind: 'error', message: parsed.error };
    all.set(name, parsed.value);
  }
  return { kind: 'outputs', outputs: all };
}

function outputValue(name: string, output: StepOutput, context: StepContext): Parsed {
  let text: string;
  try {
    text = renderStepTemplate(`outputs-${name}`, output.value, context);
  } catch (error) {
    if (error instanceof TemplateError) return { error: `parsing step run: ${error.message}` };
    throw error;
  }
  switch (output.format) {
    case 'yaml':
      return yamlValue(text);
    case 'json':
      return jsonValue(text);
    default:
      return { value: text };
  }
}

function yamlValue(text: string): Parsed {
  const decoded = decodeYaml(text);
  switch (decoded.kind) {
    case 'value':
      return { value: decoded.value };
    case 'empty':
      return { error: END_OF_FILE };
    case 'error':
      return { error: decoded.message };
  }
}

function jsonValue(text: string): Parsed {
  const decoded = decodeGoJson(text);
  return decoded.kind === 'error' ? { error: decoded.message } : { value: decoded.value };
}
