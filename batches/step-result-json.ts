// The JSON of an AfterStepResult: version 2 with the diff as base64, and the older form with the diff as text.
import { encoded, inMarshalJson, type EncodedJson } from './go/json-encode.ts';
import { bytesType } from './go/json-bytes.ts';
import type { JsonNode } from './go/json-node.ts';
import { field, structOf } from './go/json-struct.ts';
import {
  anyType,
  boolType,
  customType,
  intType,
  mapOf,
  sliceOf,
  stringType,
  unmarshal,
  unmarshalNode,
  type GoType,
  type Unmarshalled,
} from './go/json-type.ts';
import { decodeText, encodeText } from './go/text.ts';
import type { AfterStepResult, ChangedFiles } from './step-result.ts';

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

interface Version1 extends Pick<AfterStepResult, 'changedFiles' | 'stdout' | 'stderr' | 'stepIndex' | 'outputs'> {
  readonly diff: string;
}

const version1Type = structOf<Version1>('execution.v1AfterStepResult', {
  changedFiles: field('changedFiles', changedFilesType),
  stdout: field('stdout', stringType),
  stderr: field('stderr', stringType),
  stepIndex: field('stepIndex', intType),
  diff: field('diff', stringType),
  outputs: field('outputs', mapOf(anyType)),
});

export const afterStepResultType: GoType<AfterStepResult> = customType<AfterStepResult>({
  name: 'execution.AfterStepResult',
  zero: version2Type.zero,
  read: readResult,
  encode: (result) =>
    inMarshalJson('execution.AfterStepResult', () =>
      result.version === 2
        ? version2Type.encode(result)
        : version1Type.encode({ ...result, diff: decodeText(result.diff ?? new Uint8Array()) }),
    ),
});

/** The older form has no version and no `skipped`: both keep what was there before. */
function readResult(
  node: JsonNode,
  source: string,
  previous: AfterStepResult,
): ReturnType<typeof unmarshalNode<AfterStepResult>> {
  const version = unmarshalNode(versionType, node, source);
  if ('error' in version) return version;
  if (version.value.version === 2) return unmarshalNode(version2Type, node, source);
  const older = unmarshalNode(version1Type, node, source);
  if ('error' in older) return older;
  return { value: { ...previous, ...older.value, diff: encodeText(older.value.diff) } };
}

/** `json.Marshal` of the result; fails on outputs that JSON cannot carry. */
export function marshalStepResult(result: AfterStepResult): EncodedJson {
  return encoded(() => afterStepResultType.encode(result));
}

/** `json.Unmarshal` of a stepN.json or cached result. */
export function unmarshalStepResult(text: string): Unmarshalled<AfterStepResult> {
  return unmarshal(afterStepResultType, text);
}
