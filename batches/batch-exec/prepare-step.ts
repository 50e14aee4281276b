// What a version 1 step runs: its script, its files and its environment, rendered. src-cli's executeSingleStep.
import { resolveEnvironment } from '../env/environment.ts';
import { rendered } from '../rendered.ts';
import type { StepContext } from '../step-context.ts';
import type { Step } from '../step.ts';
import { renderStepMap, renderStepTemplate } from '../template/index.ts';

export type PreparedStep =
  | {
      readonly kind: 'prepared';
      readonly script: string;
      /** Target to content. */
      readonly files: ReadonlyMap<string, string>;
      readonly env: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'error'; readonly message: string };

/** `environment` is the program's own, as `NAME=VALUE`. */
export function prepareStep(step: Step, context: StepContext, environment: readonly string[]): PreparedStep {
  const script = rendered('parsing step run', () => renderStepTemplate('step-run', step.run, context));
  if (script.kind === 'error') return script;
  const files = rendered('parsing step files', () => renderStepMap(step.files ?? new Map(), context));
  if (files.kind === 'error') return files;
  const resolved = resolveEnvironment(step.env, environment);
  if (resolved.kind === 'error') return { kind: 'error', message: `resolving step environment: ${resolved.message}` };
  const env = rendered('parsing step environment', () => renderStepMap(resolved.variables, context));
  if (env.kind === 'error') return env;
  return { kind: 'prepared', script: script.value, files: files.value, env: env.value };
}
