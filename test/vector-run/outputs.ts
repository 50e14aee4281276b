// outputs.json: a step's `outputs` in a context to the outputs afterwards, as values, as JSON, and as templates print them.
import { goJson } from '#batches/go/json-encode.ts';
import type { GoValue } from '#batches/go/values.ts';
import { setOutputs } from '#batches/outputs.ts';
import type { StepContext } from '#batches/step-context.ts';
import { renderStepTemplate, TemplateError } from '#batches/template/index.ts';
import type { Adapter, Outcome, VectorCase } from './adapter.ts';
import { judge } from './compare.ts';
import { contextFrom } from './template-context.ts';
import { textOf, textToVector, valueOf, valueToVector } from './typed.ts';

type JsonOutputs = Readonly<Record<string, { readonly value: unknown; readonly format?: string }>>;

export const adapter: Adapter = {
  run: (testCase) => judge(withOneForm(testCase), outcomeOf(testCase)),
};

function outcomeOf(testCase: VectorCase): Outcome {
  const context = contextFrom(testCase.in['context']);
  const outputs = new Map(
    Object.entries(testCase.in['outputs'] as JsonOutputs).map(([name, { value, format }]) => [
      name,
      { value: textOf(value), format: format ?? '' },
    ]),
  );
  const result = setOutputs(outputs, context);
  if (result.kind === 'error') return { error: result.message };
  const json = goJson(result.outputs);
  const templates = testCase.in['render'] as readonly string[] | undefined;
  return {
    out: {
      typed: oneForm(result.outputs),
      ...(json.kind === 'error' ? { jsonError: json.message } : { json: json.text }),
      ...(templates === undefined
        ? {}
        : { rendered: templates.map((template) => rendered(template, { ...context, outputs: result.outputs })) }),
    },
  };
}

function rendered(template: string, context: StepContext): unknown {
  try {
    return { template, out: textToVector(renderStepTemplate('step-run', template, context)) };
  } catch (error) {
    if (error instanceof TemplateError) return { template, error: error.message };
    throw error;
  }
}

/** Values written in different ways (1e+20 as a number or as `$float`) get one form, and `$map` an order. */
function withOneForm(testCase: VectorCase): VectorCase {
  const out = testCase.out as { readonly typed?: unknown } | undefined;
  return out?.typed === undefined ? testCase : { ...testCase, out: { ...out, typed: oneForm(valueOf(out.typed)) } };
}

function oneForm(value: GoValue): unknown {
  return sorted(valueToVector(value));
}

function sorted(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(sorted);
  if (json === null || typeof json !== 'object') return json;
  const entries = Object.entries(json).map(([key, value]) => [key, sorted(value)] as const);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, key === '$map' && Array.isArray(value) ? sortedByText(value) : value]),
  );
}

function sortedByText(list: readonly unknown[]): unknown[] {
  return list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
