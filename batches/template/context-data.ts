// The functions through which a template sees its context (`ToFuncMap` of Sourcegraph's lib/batches/template): one set for
// the fields of a step, one for those of a changeset template, and both together for the dry run over a whole batch spec.
import { GoStrings, type GoValue } from '#batches/go/values.ts';
import type { StepContext } from '#batches/step-context.ts';
import type { AfterStepResult, ChangedFiles } from '#batches/step-result.ts';
import { LazyData, type TemplateData } from './data.ts';
import type { TemplateFunction } from './function.ts';
import { BATCH_FUNCTIONS, GO_FUNCTIONS } from './functions.ts';
import { changesetContextStruct, outputsValue, searchResultPaths, stepContextStruct } from './structs.ts';

type FunctionSet = ReadonlyMap<string, TemplateFunction>;

const STEP_NAMES = ['previous_step', 'step', 'steps', 'outputs', 'repository', 'batch_change'] as const;
const CHANGESET_NAMES = ['repository', 'batch_change', 'outputs', 'steps', 'batch_change_link'] as const;

export const STEP_FUNCTIONS: FunctionSet = withContext(STEP_NAMES);
export const CHANGESET_FUNCTIONS: FunctionSet = withContext(CHANGESET_NAMES);
export const BATCH_SPEC_FUNCTIONS: FunctionSet = withContext([...STEP_NAMES, ...CHANGESET_NAMES]);

function withContext(names: readonly string[]): FunctionSet {
  const contextFunctions = names.map((name): [string, TemplateFunction] => [
    name,
    { parameters: [], variadic: null, call: (_, data) => data.value(name) },
  ]);
  return new Map([...GO_FUNCTIONS, ...BATCH_FUNCTIONS, ...contextFunctions]);
}

export function stepData(context: StepContext): TemplateData {
  return new LazyData(stepContextStruct(context), stepValues(context));
}

export function changesetData(context: StepContext): TemplateData {
  return new LazyData(changesetContextStruct(context), changesetValues(context));
}

/** The dry run sees dot as a step does, and where both sets name a function the changeset template's. */
export function batchSpecData(context: StepContext): TemplateData {
  return new LazyData(stepContextStruct(context), { ...stepValues(context), ...changesetValues(context) });
}

type Makers = ConstructorParameters<typeof LazyData>[1];

function stepValues(context: StepContext): Makers {
  return {
    ...sharedValues(context),
    previous_step: () => stepResultMap(context.previousStep),
    step: () => stepResultMap(context.step),
    steps: () =>
      new Map([...changesEntries(context.steps.changes), ['stdout', ''], ['stderr', ''], ['path', context.steps.path]]),
  };
}

function changesetValues(context: StepContext): Makers {
  return {
    ...sharedValues(context),
    steps: () => new Map([...changesEntries(context.steps.changes), ['path', context.steps.path]]),
    // Left for the instance, which knows the link when it publishes the changeset.
    batch_change_link: () => '${{ batch_change_link }}',
  };
}

function sharedValues(context: StepContext): Makers {
  const { repository, batchChange } = context;
  return {
    outputs: () => outputsValue(context.outputs),
    repository: () =>
      new Map<string, GoValue>([
        ['search_result_paths', searchResultPaths(repository)],
        ['name', repository.name],
        ['branch', repository.branch],
      ]),
    batch_change: () =>
      new Map([
        ['name', batchChange.name],
        ['description', batchChange.description],
      ]),
  };
}

function stepResultMap(result: AfterStepResult): ReadonlyMap<string, GoValue> {
  return new Map([...changesEntries(result.changedFiles), ['stdout', result.stdout], ['stderr', result.stderr]]);
}

function changesEntries(changes: ChangedFiles): [string, GoValue][] {
  return [
    ['modified_files', new GoStrings(changes.modified)],
    ['added_files', new GoStrings(changes.added)],
    ['deleted_files', new GoStrings(changes.deleted)],
    ['renamed_files', new GoStrings(changes.renamed)],
  ];
}
