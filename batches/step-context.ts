// Everything that the templates of a step can see (`template.StepContext` of Sourcegraph's lib/batches).
import type { GoValue } from './go/values.ts';
import type { AfterStepResult, ChangedFiles } from './step-result.ts';

export interface BatchChangeAttributes {
  readonly name: string;
  readonly description: string;
}

export interface TemplateRepository {
  readonly name: string;
  readonly branch: string;
  /** Paths of search results, as given; templates see them sorted. */
  readonly fileMatches: readonly string[] | null;
}

export interface StepContext {
  readonly batchChange: BatchChangeAttributes;
  readonly repository: TemplateRepository;
  /** null is Go's nil map. */
  readonly outputs: ReadonlyMap<string, GoValue> | null;
  readonly previousStep: AfterStepResult;
  /** Set only while the outputs of a step are made. */
  readonly step: AfterStepResult;
  readonly steps: { readonly changes: ChangedFiles; readonly path: string };
}
