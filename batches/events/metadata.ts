// The metadata of every log event (`batches.LogEvent` of Sourcegraph's lib/batches), one Go struct an operation. Zero
// values are left out when written.
import { bytesType } from '../go/json-bytes.ts';
import { decodeErrorText } from '../go/json-error.ts';
import { field, optional, structOf } from '../go/json-struct.ts';
import { anyType, boolType, intType, mapOf, sliceOf, stringType, type GoType } from '../go/json-type.ts';
import type { GoValue } from '../go/values.ts';
import { afterStepResultType } from '../step-result-json.ts';
import type { AfterStepResult } from '../step-result.ts';
import { stepType, type Step } from '../step.ts';
import { versionedType } from '../versioned-type.ts';

export interface EventTask {
  readonly id: string;
  readonly repository: string;
  readonly workspace: string;
  readonly steps: readonly Step[] | null;
  readonly cachedStepResultFound: boolean;
  readonly startStep: number;
}

export interface TaskStepMetadata {
  /** 2 writes `diff` as base64; anything else writes it as text and no version. */
  readonly version: number;
  readonly taskID: string;
  /** Counted from 1 by src, from 0 by batcheshelper's `post`. */
  readonly step: number;
  readonly runScript: string;
  readonly env: ReadonlyMap<string, string> | null;
  /** Lines of output, each with `stdout: ` or `stderr: ` before it. */
  readonly out: string;
  readonly diff: Uint8Array | null;
  readonly outputs: ReadonlyMap<string, GoValue> | null;
  readonly exitCode: number;
  readonly error: string;
}

interface ErrorOnly {
  readonly error: string;
}
interface TaskOnly {
  readonly taskID: string;
}
interface Progress {
  readonly done: number;
  readonly total: number;
}

/** The metadata of each operation; Go's names of the structs are in `metadataTypes`. */
export interface EventMetadata {
  PARSING_BATCH_SPEC: ErrorOnly;
  RESOLVING_NAMESPACE: { readonly namespaceID: string };
  PREPARING_DOCKER_IMAGES: Progress;
  DETERMINING_WORKSPACE_TYPE: { readonly type: string };
  DETERMINING_WORKSPACES: {
    readonly unsupported: number;
    readonly ignored: number;
    readonly repoCount: number;
    readonly workspaceCount: number;
  };
  CHECKING_CACHE: { readonly cachedSpecsFound: number; readonly tasksToExecute: number };
  EXECUTING_TASKS: { readonly tasks: readonly EventTask[] | null; readonly skipped: boolean; readonly error: string };
  LOG_FILE_KEPT: { readonly path: string };
  UPLOADING_CHANGESET_SPECS: Progress & { readonly ids: readonly string[] | null };
  CREATING_BATCH_SPEC: { readonly previewURL: string };
  APPLYING_BATCH_SPEC: { readonly batchChangeURL: string };
  BATCH_SPEC_EXECUTION: ErrorOnly;
  EXECUTING_TASK: TaskOnly & ErrorOnly;
  TASK_BUILD_CHANGESET_SPECS: TaskOnly;
  TASK_SKIPPING_STEPS: TaskOnly & { readonly startStep: number };
  TASK_STEP_SKIPPED: TaskOnly & { readonly step: number };
  TASK_PREPARING_STEP: TaskOnly & ErrorOnly & { readonly step: number };
  TASK_STEP: TaskStepMetadata;
  CACHE_AFTER_STEP_RESULT: { readonly key: string; readonly value: AfterStepResult };
  DOCKER_WATCH_DOG: ErrorOnly;
}

export type EventOperation = keyof EventMetadata;

const text = (name: string) => optional(name, stringType);
const count = (name: string) => optional(name, intType);
const error = text('error');
const taskID = text('taskID');
const done = count('done');
const total = count('total');
const step = count('step');

const taskType = structOf<EventTask>('batches.JSONLinesTask', {
  id: field('id', stringType),
  repository: field('repository', stringType),
  workspace: field('workspace', stringType),
  steps: field('steps', sliceOf(stepType)),
  cachedStepResultFound: field('cachedStepResultFound', boolType),
  startStep: field('startStep', intType),
});

type OlderFields = Omit<TaskStepMetadata, 'version' | 'diff'>;

const runScript = text('runScript');
const env = optional('env', mapOf(stringType));
const out = text('out');
const outputs = optional('outputs', mapOf(anyType));
const exitCode = count('exitCode');

const versionType = structOf<Pick<TaskStepMetadata, 'version'>>('batches.versionTaskStepMetadata', {
  version: count('version'),
});
const version2Type = structOf<TaskStepMetadata>('batches.v2TaskStepMetadata', {
  version: count('version'),
  taskID,
  step,
  runScript,
  env,
  out,
  diff: optional('diff', bytesType),
  outputs,
  exitCode,
  error,
});
const version1Type = structOf<OlderFields & { readonly diff: string }>('batches.v1TaskStepMetadata', {
  taskID,
  step,
  runScript,
  env,
  out,
  diff: text('diff'),
  outputs,
  exitCode,
  error,
});

const taskStepType: GoType<TaskStepMetadata> = versionedType<TaskStepMetadata, OlderFields>({
  name: 'batches.TaskStepMetadata',
  marshaller: '*batches.TaskStepMetadata',
  version: versionType,
  version2: version2Type,
  older: version1Type,
  olderError: (problem, json) => ({ kind: 'other', message: `${json}: ${decodeErrorText(problem)}` }),
});

export const metadataTypes: { readonly [O in EventOperation]: GoType<EventMetadata[O]> } = {
  PARSING_BATCH_SPEC: structOf('batches.ParsingBatchSpecMetadata', { error }),
  RESOLVING_NAMESPACE: structOf('batches.ResolvingNamespaceMetadata', { namespaceID: text('namespaceID') }),
  PREPARING_DOCKER_IMAGES: structOf('batches.PreparingDockerImagesMetadata', { done, total }),
  DETERMINING_WORKSPACE_TYPE: structOf('batches.DeterminingWorkspaceTypeMetadata', { type: text('type') }),
  DETERMINING_WORKSPACES: structOf('batches.DeterminingWorkspacesMetadata', {
    unsupported: count('unsupported'),
    ignored: count('ignored'),
    repoCount: count('repoCount'),
    workspaceCount: count('workspaceCount'),
  }),
  CHECKING_CACHE: structOf('batches.CheckingCacheMetadata', {
    cachedSpecsFound: count('cachedSpecsFound'),
    tasksToExecute: count('tasksToExecute'),
  }),
  EXECUTING_TASKS: structOf('batches.ExecutingTasksMetadata', {
    tasks: optional('tasks', sliceOf(taskType)),
    skipped: optional('skipped', boolType),
    error,
  }),
  LOG_FILE_KEPT: structOf('batches.LogFileKeptMetadata', { path: text('path') }),
  UPLOADING_CHANGESET_SPECS: structOf('batches.UploadingChangesetSpecsMetadata', {
    done,
    total,
    ids: optional('ids', sliceOf(stringType)),
  }),
  CREATING_BATCH_SPEC: structOf('batches.CreatingBatchSpecMetadata', { previewURL: text('previewURL') }),
  APPLYING_BATCH_SPEC: structOf('batches.ApplyingBatchSpecMetadata', { batchChangeURL: text('batchChangeURL') }),
  BATCH_SPEC_EXECUTION: structOf('batches.BatchSpecExecutionMetadata', { error }),
  EXECUTING_TASK: structOf('batches.ExecutingTaskMetadata', { taskID, error }),
  TASK_BUILD_CHANGESET_SPECS: structOf('batches.TaskBuildChangesetSpecsMetadata', { taskID }),
  TASK_SKIPPING_STEPS: structOf('batches.TaskSkippingStepsMetadata', { taskID, startStep: count('startStep') }),
  TASK_STEP_SKIPPED: structOf('batches.TaskStepSkippedMetadata', { taskID, step }),
  TASK_PREPARING_STEP: structOf('batches.TaskPreparingStepMetadata', { taskID, step, error }),
  TASK_STEP: taskStepType,
  CACHE_AFTER_STEP_RESULT: structOf('batches.CacheAfterStepResultMetadata', {
    key: text('key'),
    value: field('value', afterStepResultType),
  }),
  DOCKER_WATCH_DOG: structOf('batches.DockerWatchDogMetadata', { error }),
};

export function isEventOperation(name: string): name is EventOperation {
  return Object.hasOwn(metadataTypes, name);
}
