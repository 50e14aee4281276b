// git as `src batch exec` uses it, with src's words for its failures. src-cli's internal/batches/workspace.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { trimSpace } from '#batches/go/unicode.ts';
import type { ExecTask, TaskEnd } from './batch-exec.ts';
import type { StepFailed } from './exec-task.ts';
import { DIFF_BYTES_MAX, gitFailure, stepDiff } from './git/diff.ts';
import { withTrustedRepository } from './git/trusted-repository.ts';
import { pathInRunner, pathInSteps } from './seen-paths.ts';
import { writeWorkspaceFile } from './workspace-file.ts';

interface GitFailure {
  readonly status: string;
  readonly stderr: string;
}

const failureText = (command: string, { status, stderr }: GitFailure): string =>
  `'git ${command}' failed: ${trimSpace(stderr)}: ${status}`;

/** undefined when the repository is where the cached step left it. */
export async function applyCachedDiff(
  { request, args }: ExecTask,
  diff: Uint8Array | null,
  signal: AbortSignal,
): Promise<TaskEnd | undefined> {
  if (diff === null || diff.length === 0) return undefined;
  const { paths, hostCommand } = request;
  const named = path.posix.join(args.temporary, `bind-workspace-test-${randomBytes(5).readUIntBE(0, 5)}`);
  const [file, shown] = [pathInRunner(paths, named), pathInSteps(paths, named)];
  const notWritten = await writeWorkspaceFile(paths.job, file, shown, diff, { mode: 0o600, umask: 'applied' });
  if (notWritten !== undefined) {
    return {
      kind: 'failed',
      message: `applying diff of cache result: saving cached diff to temporary file: ${notWritten}`,
    };
  }
  const end = await withTrustedRepository(
    pathInRunner(paths, args.repository),
    hostCommand,
    signal,
    async (repository) => {
      const applied = await repository.git(['apply', '-p0', file], signal);
      const notApplied = gitFailure(applied);
      if (notApplied !== undefined) return `applying cached diff: : ${failureText(`apply -p0 ${shown}`, notApplied)}`;
      const notAdded = gitFailure(await repository.git(['add', '--all'], signal));
      return notAdded === undefined ? undefined : failureText('add --all', notAdded);
    },
  );
  await rm(file, { force: true });
  if (signal.aborted) return { kind: 'killed' };
  return end === undefined ? undefined : { kind: 'failed', message: `applying diff of cache result: ${end}` };
}

/** The diff of all steps so far. */
export async function diffOfSteps(
  { request, args }: ExecTask,
  signal: AbortSignal,
): Promise<{ readonly kind: 'diff'; readonly diff: Uint8Array } | StepFailed | { readonly kind: 'killed' }> {
  const folder = pathInRunner(request.paths, args.repository);
  const diff = await withTrustedRepository(folder, request.hostCommand, signal, (repository) =>
    stepDiff(repository, signal),
  );
  switch (diff.kind) {
    case 'diff':
    case 'killed':
      return diff;
    case 'failed':
      return stepFailed(
        diff.command === 'add'
          ? `git add failed: ${failureText('add --all', diff)}`
          : failureText('diff --cached --no-ext-diff --no-prefix --binary', diff),
      );
    case 'too-large':
      return stepFailed(`the diff is larger than ${DIFF_BYTES_MAX} bytes`);
  }
}

function stepFailed(message: string): StepFailed {
  return { kind: 'failed', message: `getting diff produced by step: ${message}`, event: { message, exitCode: -1 } };
}
