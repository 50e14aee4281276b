// The Go structs behind dot: `template.StepContext` and `template.ChangesetTemplateContext` of Sourcegraph's lib/batches, with
// the fields and methods that a template can reach through `.`.
import { encodeText } from '#batches/go/text.ts';
import { GoBytes, GoPathList, GoPointer, GoStruct, type GoConcrete, type GoStructType } from '#batches/go/reflect.ts';
import { sortedTexts } from '#batches/go/text-bytes.ts';
import { GoInt, GoNilMap, GoStrings, type GoValue } from '#batches/go/values.ts';
import type { BatchChangeAttributes, StepContext, TemplateRepository } from '#batches/step-context.ts';
import { marshalStepResult } from '#batches/step-result-json.ts';
import type { AfterStepResult, ChangedFiles } from '#batches/step-result.ts';
import { FunctionError } from './function.ts';

function structType(name: string, fields: readonly string[], options?: Partial<GoStructType>): GoStructType {
  return { name, fields, comparable: false, methods: new Map(), ...options };
}

const BATCH_CHANGE = structType('template.BatchChangeAttributes', ['Name', 'Description'], { comparable: true });
const CHANGES = structType('git.Changes', ['Modified', 'Added', 'Deleted', 'Renamed']);
const STEPS = structType('template.StepsContext', ['Changes', 'Path']);
const STEP_RESULT = structType(
  'execution.AfterStepResult',
  ['Version', 'ChangedFiles', 'Stdout', 'Stderr', 'StepIndex', 'Diff', 'Outputs', 'Skipped'],
  { methods: new Map([['MarshalJSON', (result) => resultJson(result)]]) },
);
const REPOSITORY = structType('template.Repository', ['Name', 'Branch', 'FileMatches'], {
  methods: new Map([['SearchResultPaths', (repository) => pathList(repository.values[2])]]),
});
const PATH_LIST = 'template.fileMatchPathList';
const STEP_CONTEXT = structType('template.StepContext', [
  'BatchChange',
  'Outputs',
  'Step',
  'Steps',
  'PreviousStep',
  'Repository',
]);
const CHANGESET_CONTEXT = structType('template.ChangesetTemplateContext', [
  'BatchChangeAttributes',
  'Steps',
  'Outputs',
  'Repository',
]);

export function stepContextStruct(context: StepContext): GoPointer {
  return new GoPointer(
    new GoStruct(STEP_CONTEXT, () => [
      batchChangeStruct(context.batchChange),
      outputsValue(context.outputs),
      new StepResultStruct(context.step),
      stepsStruct(context.steps),
      new StepResultStruct(context.previousStep),
      repositoryStruct(context.repository),
    ]),
  );
}

export function changesetContextStruct(context: StepContext): GoPointer {
  return new GoPointer(
    new GoStruct(CHANGESET_CONTEXT, () => [
      batchChangeStruct(context.batchChange),
      stepsStruct(context.steps),
      outputsValue(context.outputs),
      repositoryStruct(context.repository),
    ]),
  );
}

export function outputsValue(outputs: ReadonlyMap<string, GoValue> | null): GoConcrete {
  return outputs ?? new GoNilMap();
}

/** A list of paths is sorted once, however many templates of its workspace are rendered. */
const sortedPaths = new WeakMap<readonly string[], GoPathList>();

/** The paths of search results, sorted; they print with spaces between them and without brackets. */
export function searchResultPaths(repository: TemplateRepository): GoPathList {
  const { fileMatches } = repository;
  if (fileMatches === null) return new GoPathList(null, PATH_LIST);
  const known = sortedPaths.get(fileMatches);
  if (known !== undefined) return known;
  const sorted = new GoPathList(sortedTexts(fileMatches), PATH_LIST);
  sortedPaths.set(fileMatches, sorted);
  return sorted;
}

function pathList(fileMatches: GoConcrete | undefined): GoConcrete {
  const items = fileMatches instanceof GoStrings ? fileMatches.items : null;
  return searchResultPaths({ name: '', branch: '', fileMatches: items });
}

function batchChangeStruct(batchChange: BatchChangeAttributes): GoStruct {
  return new GoStruct(BATCH_CHANGE, () => [batchChange.name, batchChange.description]);
}

function changesStruct(changes: ChangedFiles): GoStruct {
  const { modified, added, deleted, renamed } = changes;
  return new GoStruct(CHANGES, () => [modified, added, deleted, renamed].map((paths) => new GoStrings(paths)));
}

function stepsStruct(steps: StepContext['steps']): GoStruct {
  return new GoStruct(STEPS, () => [changesStruct(steps.changes), steps.path]);
}

class StepResultStruct extends GoStruct {
  readonly result: AfterStepResult;
  constructor(result: AfterStepResult) {
    super(STEP_RESULT, () => [
      new GoInt(result.version),
      changesStruct(result.changedFiles),
      result.stdout,
      result.stderr,
      new GoInt(result.stepIndex),
      new GoBytes(result.diff),
      outputsValue(result.outputs),
      result.skipped,
    ]);
    this.result = result;
  }
}

/** The one method of a result that a template can call with success; UnmarshalJSON would change the result. */
function resultJson(struct: GoStruct): GoBytes {
  if (!(struct instanceof StepResultStruct)) throw new TypeError(`${struct.type.name} is no step result`);
  const json = marshalStepResult(struct.result);
  if (json.kind === 'error') throw new FunctionError(json.message.replace(MARSHALLER, ''));
  return new GoBytes(encodeText(json.text));
}

const MARSHALLER = /^json: error calling MarshalJSON for type execution\.AfterStepResult: /;

function repositoryStruct(repository: TemplateRepository): GoStruct {
  return new GoStruct(REPOSITORY, () => [repository.name, repository.branch, new GoStrings(repository.fileMatches)]);
}
