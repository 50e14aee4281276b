// diffs.json: a git diff to its changed files.
import { changesInDiff } from '#batches/diff/changed-files.ts';
import { marshalStepResult } from '#batches/step-result-json.ts';
import type { ChangedFiles } from '#batches/step-result.ts';
import type { Adapter, VectorCase } from './adapter.ts';
import { judge } from './compare.ts';
import { bytesOf, textToVector } from './typed.ts';

export const adapter: Adapter = {
  run(testCase) {
    const result = changesInDiff(bytesOf(testCase.in['diff']));
    if (result.kind === 'error') return judge(testCase, { error: result.message });
    const { changedFiles } = result;
    return judge(testCase, {
      out: {
        modified: listOf(changedFiles.modified),
        added: listOf(changedFiles.added),
        deleted: listOf(changedFiles.deleted),
        renamed: listOf(changedFiles.renamed),
        ...(wantsJson(testCase) ? { json: jsonOf(changedFiles) } : {}),
      },
    });
  },
};

function wantsJson({ out }: VectorCase): boolean {
  return typeof out === 'object' && out !== null && 'json' in out;
}

function listOf(paths: readonly string[] | null): unknown {
  return paths?.map(textToVector) ?? null;
}

/** The `changedFiles` of a result's JSON, which has nothing before it but braces and its name. */
function jsonOf(changedFiles: ChangedFiles): string {
  const marshalled = marshalStepResult({
    version: 1,
    changedFiles,
    stdout: '',
    stderr: '',
    stepIndex: 0,
    diff: null,
    outputs: null,
    skipped: false,
  });
  if (marshalled.kind === 'error') throw new Error(marshalled.message);
  return marshalled.text.slice('{"changedFiles":'.length, marshalled.text.indexOf(',"stdout":'));
}
