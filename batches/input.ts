// input.json of a batches job (`batches.WorkspacesExecutionInput` of Sourcegraph's lib/batches), read as Go reads it: names
// in any case, unknown fields dropped, errors with Go's texts.
import { encoded, type EncodedJson } from './go/json-encode.ts';
import { field, optional, structOf, type StructField } from './go/json-struct.ts';
import { boolType, isInt64, sliceOf, stringType, unmarshal, type GoType, type Unmarshalled } from './go/json-type.ts';
import type { BatchChangeAttributes } from './step-context.ts';
import { afterStepResultType } from './step-result-json.ts';
import type { AfterStepResult } from './step-result.ts';
import { stepType, type Step } from './step.ts';

export interface WorkspacesExecutionInput {
  readonly batchChangeAttributes: BatchChangeAttributes;
  /** `id` is the GraphQL ID. */
  readonly repository: { readonly id: string; readonly name: string };
  readonly branch: { readonly name: string; readonly target: { readonly oid: string } };
  /** The workspace's folder in the repository; empty is its root. */
  readonly path: string;
  readonly onlyFetchWorkspace: boolean;
  readonly steps: readonly Step[] | null;
  readonly searchResultPaths: readonly string[] | null;
  /** Both only for version 1 jobs. */
  readonly cachedStepResultFound: boolean;
  readonly cachedStepResult: AfterStepResult;
  /** Indexes of steps that are never run; null is Go's nil map. */
  readonly skippedSteps: ReadonlySet<number> | null;
  /** Base URL of the model proxy; empty without coding agent steps. */
  readonly modelProviderUrl: string;
}

/** Go's map[int]struct{}. */
const indexSetType: GoType<ReadonlySet<number> | null> = {
  name: 'map[int]struct {}',
  zero: null,
  decode(node, previous, state) {
    if (node.kind === 'null') return null;
    if (node.kind !== 'object') {
      state.wrongType(node.kind, 'map[int]struct {}');
      return previous;
    }
    const set = new Set(previous);
    for (const [key, value] of node.members) {
      if (value.kind !== 'object' && value.kind !== 'null') state.wrongType(value.kind, 'struct {}');
      if (isInt64(key)) set.add(Number(key));
      else state.wrongType(`number ${key}`, 'int');
    }
    return set;
  },
  encode: (value) =>
    value === null
      ? 'null'
      : `{${[...value]
          .map(String)
          .sort()
          .map((index) => `"${index}":{}`)
          .join(',')}}`,
  isEmpty: (value) => value === null || value.size === 0,
};

const batchChangeType = structOf<BatchChangeAttributes>('template.BatchChangeAttributes', {
  name: field('Name', stringType),
  description: field('Description', stringType),
});

const targetType = structOf<{ readonly oid: string }>('batches.Commit', { oid: field('oid', stringType) });

export const executionInputType = structOf<WorkspacesExecutionInput>('batches.WorkspacesExecutionInput', {
  batchChangeAttributes: field('BatchChangeAttributes', batchChangeType),
  repository: struct('repository', 'batches.WorkspaceRepo', {
    id: field('id', stringType),
    name: field('name', stringType),
  }),
  branch: struct('branch', 'batches.WorkspaceBranch', {
    name: field('name', stringType),
    target: field('target', targetType),
  }),
  path: field('path', stringType),
  onlyFetchWorkspace: field('onlyFetchWorkspace', boolType),
  steps: field('steps', sliceOf(stepType)),
  searchResultPaths: field('searchResultPaths', sliceOf(stringType)),
  cachedStepResultFound: field('cachedStepResultFound', boolType),
  cachedStepResult: field('cachedStepResult', afterStepResultType),
  skippedSteps: field('skippedSteps', indexSetType),
  modelProviderUrl: optional('modelProviderURL', stringType),
});

function struct<T extends object>(
  name: string,
  fullName: string,
  fields: Parameters<typeof structOf<T>>[1],
): StructField<T> {
  return field(name, structOf<T>(fullName, fields));
}

/** `json.Unmarshal` of input.json. */
export function parseExecutionInput(text: string): Unmarshalled<WorkspacesExecutionInput> {
  return unmarshal(executionInputType, text);
}

/** `json.Marshal` of it, as the instance writes input.json. */
export function executionInputJson(input: WorkspacesExecutionInput): EncodedJson {
  return encoded(() => executionInputType.encode(input));
}
