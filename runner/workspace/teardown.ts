// Removes the workspace, or leaves it where an operator wants to look into it. Never fails the job. rm(1) removes a large
// workspace many times faster than Node does; what it cannot remove is looked at one by one.
import { lstat, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { JobContext } from '../job-context.ts';

export async function tearDown(context: JobContext, jobFailed: boolean): Promise<void> {
  const { entries, paths, payload } = context;
  const entry = entries.begin('teardown.fs', null);
  const { keepWorkspace } = payload.options;
  if (keepWorkspace === 'always' || (keepWorkspace === 'failed' && jobFailed)) {
    entry.note(`Preserving workspace (${paths.job}) as per config`);
  } else {
    entry.note(`Removing ${paths.job}`);
    const problems = (await removeAll(context)) ? [] : await empty(paths.job);
    for (const problem of problems) entry.note(problem);
  }
  entry.end(0);
}

/** Resolves to whether all that was in the workspace is gone. */
async function removeAll({ paths, hostEnvironment, hostCommand }: JobContext): Promise<boolean> {
  const names = await readdir(paths.job);
  if (names.length === 0) return true;
  const argv = ['rm', '-rf', '--', ...names.map((name) => path.join(paths.job, name))] as const;
  // Whatever has ended the job: the workspace goes.
  const never = new AbortController().signal;
  const end = await hostCommand({ argv, environment: hostEnvironment }, () => undefined, never);
  return end.kind === 'exited' && end.exitCode === 0;
}

/** Empties a folder that may hold mount points (the repository's volume): these stay, empty. Resolves to what could not be removed. */
async function empty(folder: string): Promise<string[]> {
  const problems: string[] = [];
  for (const name of await readdir(folder)) {
    const child = path.join(folder, name);
    try {
      await rm(child, { recursive: true, force: true });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      const isFolder = code === 'EBUSY' && (await lstat(child)).isDirectory();
      problems.push(...(isFolder ? await empty(child) : [`could not remove ${child}: ${code}`]));
    }
  }
  return problems;
}
