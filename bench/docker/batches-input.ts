// The input.json of a small batches job.
import { parseExecutionInput, type WorkspacesExecutionInput } from '#batches/input.ts';
import type { BatchesJobOptions } from '#local/sandbox/batches-job.ts';
import { REPOSITORY } from '#test/engines/real-job.ts';
import { STEP_IMAGE } from './reference.ts';

export const NO_OPTIONS: Omit<BatchesJobOptions, 'execution'> = {
  secrets: {},
  workspaceFiles: { kind: 'files', files: [], metadata: [] },
};

export function executionInputOf(runs: readonly string[], commit: string): WorkspacesExecutionInput {
  const parsed = parseExecutionInput(
    JSON.stringify({
      BatchChangeAttributes: { Name: 'bench', Description: '' },
      repository: { id: 'UmVwbzox', name: REPOSITORY },
      branch: { name: 'refs/heads/main', target: { oid: commit } },
      path: '',
      onlyFetchWorkspace: false,
      steps: runs.map((run) => ({ run, container: STEP_IMAGE })),
      searchResultPaths: [],
      skippedSteps: {},
    }),
  );
  if (parsed.kind === 'error') throw new Error(parsed.message);
  return parsed.value;
}
