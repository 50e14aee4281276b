// specs.json: the text of a batch spec to the parsed spec as JSON, or the text of everything that is wrong with it.
import { batchSpecJson, parseBatchSpec, requiredEnvironment } from '#batches/spec/parse.ts';
import { stepCondition } from '#batches/conditions.ts';
import type { Adapter, Outcome } from './adapter.ts';
import { judge } from './compare.ts';
import { textOf } from './typed.ts';

export const adapter: Adapter = {
  run: (testCase) => judge(testCase, outcomeOf(textOf(testCase.in['spec']))),
};

function outcomeOf(text: string): Outcome {
  const parsed = parseBatchSpec(text);
  if (parsed.kind === 'invalid') return { error: parsed.message };
  const { spec } = parsed;
  const steps = (spec.steps ?? []).map((step) => ({
    container: step.container,
    image: step.image,
    ifCondition: stepCondition(step.if),
  }));
  const notable = steps.some((step) => step.image !== '' || step.ifCondition !== '');
  const required = requiredEnvironment(spec);
  return {
    out: {
      json: batchSpecJson(spec),
      ...(notable ? { steps } : {}),
      ...(required.length > 0 ? { requiredEnvVars: required } : {}),
    },
  };
}
