import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { reportText, type WorkspaceReport, writeResults } from '#cli/report.ts';
import { NO_STEP_RESULT } from '#batches/step-result.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DIFF = 'diff --git a.txt a.txt\n--- a.txt\n+++ a.txt\n@@ -1 +1 @@\n-a\n+b\n';

function completed(label: string, branch: string, diff: Uint8Array = Buffer.from(DIFF)): WorkspaceReport {
  return {
    repository: label,
    path: '',
    label,
    cached: false,
    durationMs: 1_234,
    outcome: {
      kind: 'completed',
      result: NO_STEP_RESULT,
      changesets: [
        {
          kind: 'branch',
          repositoryId: 'id',
          baseRev: 'c0ffee',
          baseRef: 'refs/heads/main',
          headRef: `refs/heads/${branch}`,
          title: 't',
          body: 'b',
          commit: { message: 'm', diff, binary: true, authorName: 'n', authorEmail: 'e' },
          published: null,
          fork: null,
        },
      ],
    },
  };
}

const failed: WorkspaceReport = {
  repository: 'r',
  path: 'p',
  label: 'r/p',
  cached: false,
  outcome: { kind: 'failed', message: 'oh\u001b no\nline 2' },
};

describe('report', () => {
  test('diffs come first, then a line a workspace', () => {
    expect(reportText([completed('github.com/a/b', 'fix'), failed])).toBe(
      `── github.com/a/b: fix ${'─'.repeat(57)}\n${DIFF}\n✔ github.com/a/b: fix (1 file) (1.2 s)\n✖ r/p: oh\ufffd no\n    line 2`,
    );
  });

  test('--out gets one patch a changeset, byte for byte, and names that never collide', async () => {
    const binary = Uint8Array.of(0x64, 0xff, 0x00, 0x0a);
    const patches = await writeResults(
      folder,
      [completed('a/b', 'x', binary), completed('a_b', 'x'), failed],
      'process',
    );
    expect(patches).toEqual(['a_b.x.patch', 'a_b.x.2.patch']);
    expect(readFileSync(path.join(folder, 'a_b.x.patch'))).toEqual(Buffer.from(binary));
    const results = JSON.parse(readFileSync(path.join(folder, 'results.json'), 'utf8')) as { workspaces: unknown[] };
    expect(results.workspaces).toMatchObject([
      {
        repository: 'a/b',
        state: 'completed',
        changesets: [{ patch: 'a_b.x.patch', spec: { headRef: 'refs/heads/x' } }],
      },
      { repository: 'a_b', state: 'completed' },
      { repository: 'r', path: 'p', state: 'failed', errorMessage: 'oh\u001b no\nline 2' },
    ]);
  });
});
