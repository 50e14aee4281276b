// env.json: a step's `env`: read, resolved, written again.
import { isStaticEnvironment, outerVariables, resolveEnvironment, type Environment } from '#batches/env/environment.ts';
import { environmentType } from '#batches/env/json.ts';
import { parseEnvironmentYaml } from '#batches/env/yaml.ts';
import { unmarshal } from '#batches/go/json-type.ts';
import type { Adapter, Outcome, VectorCase } from './adapter.ts';
import { judge } from './compare.ts';
import { textOf, textToVector } from './typed.ts';

export const adapter: Adapter = { run: (testCase) => judge(testCase, outcomeOf(testCase)) };

function outcomeOf({ in: input }: VectorCase): Outcome {
  const text = textOf(input['envText']);
  if (input['format'] === 'yaml') {
    const read = parseEnvironmentYaml(text);
    return read.kind === 'error' ? { error: read.message } : { out: described(read.environment, input['outer']) };
  }
  const read = unmarshal(environmentType, text);
  return read.kind === 'error' ? { error: read.message } : { out: described(read.value, input['outer']) };
}

function described(environment: Environment, outer: unknown): unknown {
  const resolved = resolveEnvironment(environment, (outer as unknown[]).map(textOf));
  return {
    json: environmentType.encode(environment),
    static: isStaticEnvironment(environment),
    outerVars: outerVariables(environment).map(textToVector),
    ...(resolved.kind === 'error'
      ? { resolveError: textToVector(resolved.message) }
      : {
          resolved: Object.fromEntries(Array.from(resolved.variables, ([name, value]) => [name, textToVector(value)])),
        }),
  };
}
