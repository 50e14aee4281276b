// The contexts of templates.json and conditions.json, as the template engine takes them.
import type { GoValue } from '#batches/go/values.ts';
import { GoNilMap } from '#batches/go/values.ts';
import type { StepContext } from '#batches/step-context.ts';
import type { AfterStepResult, ChangedFiles } from '#batches/step-result.ts';
import type { VectorCase, VectorFile } from './adapter.ts';
import { bytesOf, textOf, valueOf } from './typed.ts';

interface JsonChanges {
  readonly modified?: readonly string[] | null;
  readonly added?: readonly string[] | null;
  readonly deleted?: readonly string[] | null;
  readonly renamed?: readonly string[] | null;
}

interface JsonStepResult extends JsonChanges {
  readonly version?: number;
  readonly stdout?: unknown;
  readonly stderr?: unknown;
  readonly stepIndex?: number;
  readonly diff?: unknown;
  readonly outputs?: unknown;
  readonly skipped?: boolean;
}

interface JsonContext {
  readonly repository: {
    readonly name: string;
    readonly branch: string;
    readonly search_result_paths?: readonly string[] | null;
  };
  readonly batch_change: { readonly name: string; readonly description: string };
  readonly previous_step?: JsonStepResult;
  readonly step?: JsonStepResult;
  readonly steps?: JsonChanges & { readonly path?: string };
  readonly outputs?: unknown;
}

/** The entry of `contexts` that the case names. */
export function contextOf(testCase: VectorCase, file: VectorFile): StepContext {
  return contextFrom(file.contexts?.[String(testCase.in['context'])]);
}

/** A context as the file writes it. */
export function contextFrom(written: unknown): StepContext {
  const json = written as JsonContext;
  return {
    batchChange: json.batch_change,
    repository: {
      name: json.repository.name,
      branch: json.repository.branch,
      fileMatches: json.repository.search_result_paths ?? null,
    },
    outputs: outputsOf(json.outputs),
    previousStep: stepResultOf(json.previous_step),
    step: stepResultOf(json.step),
    steps: { changes: changesOf(json.steps), path: json.steps?.path ?? '' },
  };
}

function outputsOf(json: unknown): ReadonlyMap<string, GoValue> | null {
  if (json === undefined || json === null) return null;
  const value = valueOf(json);
  return value instanceof GoNilMap ? null : (value as ReadonlyMap<string, GoValue>);
}

function stepResultOf(json: JsonStepResult | undefined): AfterStepResult {
  return {
    version: json?.version ?? 0,
    changedFiles: changesOf(json),
    stdout: textOf(json?.stdout ?? ''),
    stderr: textOf(json?.stderr ?? ''),
    stepIndex: json?.stepIndex ?? 0,
    diff: json?.diff === undefined || json.diff === null ? null : bytesOf(json.diff),
    outputs: outputsOf(json?.outputs),
    skipped: json?.skipped ?? false,
  };
}

function changesOf(json: JsonChanges | undefined): ChangedFiles {
  return {
    modified: json?.modified ?? null,
    added: json?.added ?? null,
    deleted: json?.deleted ?? null,
    renamed: json?.renamed ?? null,
  };
}
