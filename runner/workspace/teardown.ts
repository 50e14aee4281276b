// Removes the workspace, or leaves it where an operator wants to look into it. Never fails the job.
import { lstat, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { JobContext } from '../job-context.ts';

export async function tearDown({ entries, paths, payload }: JobContext, jobFailed: boolean): Promise<void> {
  const entry = entries.begin('teardown.fs', null);
  const { keepWorkspace } = payload.options;
  if (keepWorkspace === 'always' || (keepWorkspace === 'failed' && jobFailed)) {
    entry.note(`Preserving workspace (${paths.job}) as per config`);
  } else {
    entry.note(`Removing ${paths.job}`);
    for (const problem of await empty(paths.job)) entry.note(problem);
  }
  entry.end(0);
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
