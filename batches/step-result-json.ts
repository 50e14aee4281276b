// The JSON of an AfterStepResult: version 2 with the diff as base64, and the older form with the diff as text.
import { encoded, type EncodedJson } from './go/json-encode.ts';
import { bytesType } from './go/json-bytes.ts';
import { field, structOf } from './go/json-struct.ts';
import {
  anyType,
  boolType,
  intType,
  mapOf,
  sliceOf,
  stringType,
  unmarshal,
  type GoType,
  type Unmarshalled,
} from './go/json-type.ts';
import type { AfterStepResult, ChangedFiles } from './step-result.ts';
import { versionedType } from './versioned-type.ts';

const pathsType = sliceOf(stringType);

const changedFilesType = structOf<ChangedFiles>('git.Changes', {
  modified: field('modified', pathsType),
  added: field('added', pathsType),
  deleted: field('deleted', pathsType),
  renamed: field('renamed', pathsType),
});

const versionType = structOf<Pick<AfterStepResult, 'version'>>('execution.versionAfterStepResult', {
  version: field('version', intType),
});

const version2Type = structOf<AfterStepResult>('execution.v2AfterStepResult', {
  version: field('version', intType),
  changedFiles: field('changedFiles', changedFilesType),
  stdout: field('stdout', stringType),
  stderr: field('stderr', stringType),
  stepIndex: field('stepIndex', intType),
  diff: field('diff', bytesType),
  outputs: field('outputs', mapOf(anyType)),
  skipped: field('skipped', boolType),
});

type OlderFields = Pick<AfterStepResult, 'changedFiles' | 'stdout' | 'stderr' | 'stepIndex' | 'outputs'>;

const version1Type = structOf<OlderFields & { readonly diff: string }>('execution.v1AfterStepResult', {
  changedFiles: field('changedFiles', changedFilesType),
  stdout: field('stdout', stringType),
  stderr: field('stderr', stringType),
  stepIndex: field('stepIndex', intType),
  diff: field('diff', stringType),
  outputs: field('outputs', mapOf(anyType)),
});

export const afterStepResultType: GoType<AfterStepResult> = versionedType<AfterStepResult, OlderFields>({
  name: 'execution.AfterStepResult',
  marshaller: 'execution.AfterStepResult',
  version: versionType,
  version2: version2Type,
  older: version1Type,
});

/** `json.Marshal` of the result; fails on outputs that JSON cannot carry. */
export function marshalStepResult(result: AfterStepResult): EncodedJson {
  return encoded(() => afterStepResultType.encode(result));
}

/** `json.Unmarshal` of a stepN.json or cached result. */
export function unmarshalStepResult(text: string): Unmarshalled<AfterStepResult> {
  return unmarshal(afterStepResultType, text);
}
