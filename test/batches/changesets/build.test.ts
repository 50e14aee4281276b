import { describe, expect, test } from '@jest/globals';
import { changesetSpecs, type ChangesetSpecs } from '#batches/changesets/build.ts';
import { importedChangesetSpecs } from '#batches/changesets/import.ts';
import { parseBatchSpec } from '#batches/spec/parse.ts';
import { NO_STEP_RESULT } from '#batches/step-result.ts';

const REPOSITORY = {
  id: 'id',
  name: 'github.com/a/b',
  baseRef: 'refs/heads/main',
  baseRev: 'c0ffee',
  fileMatches: null,
};

function built(transform: string, diff: string): ChangesetSpecs {
  const parsed = parseBatchSpec(
    `name: n\nchangesetTemplate: {title: T, branch: b, commit: {message: M}}\n${transform}`,
  );
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  return changesetSpecs({
    spec: parsed.spec,
    repository: REPOSITORY,
    result: { ...NO_STEP_RESULT, diff: Buffer.from(diff) },
    path: '',
    binaryDiffs: true,
    fallbackAuthor: null,
  });
}

function diffsByBranch(result: ChangesetSpecs): Record<string, string> {
  if (result.kind === 'error') throw new Error(result.message);
  return Object.fromEntries(
    result.specs.map((spec) =>
      spec.kind === 'branch' ? [spec.headRef, Buffer.from(spec.commit.diff).toString('latin1')] : ['', ''],
    ),
  );
}

describe('groups of changes', () => {
  test('carriage returns, counts and section spaces come out as go-diff prints them', () => {
    const diff = 'diff --git go/a go/a\nindex 1..2 100644\n--- go/a\n+++ go/a\n@@ -1 +1,2 @@  func \n-x\r\n+y\n+z\r\n';
    expect(diffsByBranch(built('transformChanges: {group: [{directory: go, branch: g}]}', diff))).toEqual({
      'refs/heads/b': '',
      'refs/heads/g': 'diff --git go/a go/a\nindex 1..2 100644\n--- go/a\n+++ go/a\n@@ -1,1 +1,2 @@ func\n-x\n+y\n+z\n',
    });
  });

  test('times behind file names stay, in the form of go-diff', () => {
    const names = (old: string, now: string): string =>
      `diff --git go/a go/a\n--- go/a\t${old}\n+++ go/a\t${now}\n@@ -1,1 +1,1 @@\n-x\n+y\n`;
    const result = built(
      'transformChanges: {group: [{directory: go, branch: g}]}',
      names('2020-01-02 03:04:05.5 +0200', '2020-01-02 03:04:05'),
    );
    expect(diffsByBranch(result)['refs/heads/g']).toBe(
      names('2020-01-02 03:04:05.500000000 +0200', '2020-01-02 03:04:05.000000000 +0000'),
    );
  });

  test.each([
    ['in the old file', '-x\n\\ No newline at end of file\n+x\n'],
    ['in the new file', '-x\n+x\n\\ No newline at end of file\n'],
    ['in both', '-x\n\\ No newline at end of file\n+y\n\\ No newline at end of file\n'],
  ])('a missing newline %s is kept', (_name, body) => {
    const diff = `diff --git go/a go/a\n--- go/a\n+++ go/a\n@@ -1,1 +1,1 @@\n${body}`;
    const result = built('transformChanges: {group: [{directory: go, branch: g}]}', diff);
    expect(diffsByBranch(result)['refs/heads/g']).toBe(diff);
  });

  test('the same branch twice is an error', () => {
    const transform = 'transformChanges: {group: [{directory: a, branch: g}, {directory: c, branch: g}]}';
    expect(built(transform, 'x')).toEqual({
      kind: 'error',
      message:
        'transformChanges would lead to multiple changesets in repository github.com/a/b to have the same branch "g"',
    });
  });

  test('a diff that cannot be parsed is an error only when it must be shared out', () => {
    const broken = '--- a\n+++ b\n@@ nonsense\n';
    expect(built('', broken)).toMatchObject({ kind: 'specs' });
    expect(built('transformChanges: {group: [{directory: a, branch: g}]}', broken)).toEqual({
      kind: 'error',
      message: 'grouping diffs failed: line 3, char 21: bad hunk header: @@ nonsense',
    });
  });

  test('no changes give no changesets', () => {
    expect(built('', '')).toEqual({ kind: 'specs', specs: [] });
  });
});

describe('imports', () => {
  test('everything that is wrong is said at once', () => {
    const imports = [
      { repository: 'r', externalIds: [1, true, null] },
      { repository: 'q', externalIds: ['2'] },
    ];
    expect(importedChangesetSpecs(imports, new Map([['r', 'id']]))).toEqual({
      kind: 'error',
      message:
        '3 errors occurred:' +
        '\n\t* cannot convert value of type bool into a valid external ID: expected string or int' +
        '\n\t* cannot convert value of type <nil> into a valid external ID: expected string or int' +
        '\n\t* repository "q" not found',
    });
  });
});
