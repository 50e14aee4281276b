// The folder of one task on the host: its volumes, and for each container a home and a place for temporary files.
//
//   job/                  the workspace; job/repository for version 1 batches jobs
//   control/<name>/       the control volume of a step container
//   containers/<name>/    home/ and tmp/ of a container
//   root/                 what becomes `/` in the task's mount namespace
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { chmod, lstat, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { RUNNER_CONTAINER, REPOSITORY_VOLUME, type TaskDefinition } from '#jobs/task-definition.ts';
import { prepareControls } from '#runner/agent-control.ts';

export interface TaskFolder {
  readonly root: string;
  readonly job: string;
  control(container: string): string;
  home(container: string): string;
  temporary(container: string): string;
  readonly newRoot: string;
}

export function taskFolder(root: string): TaskFolder {
  return {
    root,
    job: path.join(root, 'job'),
    control: (container) => path.join(root, 'control', container),
    home: (container) => path.join(root, 'containers', container, 'home'),
    temporary: (container) => path.join(root, 'containers', container, 'tmp'),
    newRoot: path.join(root, 'root'),
  };
}

export const hasRepository = (definition: TaskDefinition): boolean => definition.volumes.includes(REPOSITORY_VOLUME);

/** Makes the folder and everything that must be there before the containers start. */
export async function makeTaskFolder(folder: TaskFolder, names: readonly string[], repository: boolean): Promise<void> {
  // A few folders at once are made sooner than they are handed to another thread.
  mkdirSync(folder.root, { recursive: true, mode: 0o700 });
  mkdirSync(repository ? path.join(folder.job, 'repository') : folder.job, { recursive: true });
  mkdirSync(path.join(folder.root, 'control'));
  for (const name of names) {
    mkdirSync(folder.home(name), { recursive: true });
    mkdirSync(folder.temporary(name));
    chmodSync(folder.temporary(name), 0o1777);
  }
  const controls = names.filter((name) => name !== RUNNER_CONTAINER).map((name) => folder.control(name));
  for (const [control, problem] of await prepareControls(controls)) throw new Error(`${control}: ${problem}`);
}

/**
 * Removes a folder whatever a step has done to the permissions in it. Rejects when that is not possible. rm(1) does it many
 * times faster than Node: a step may have left a hundred thousand files.
 */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await promisify(execFile)('rm', ['-rf', '--', folder]);
  } catch {
    await openFolders(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What the removal that failed has under way still goes meanwhile. */
async function openFolders(folder: string): Promise<void> {
  try {
    if (!(await lstat(folder)).isDirectory()) return;
    await chmod(folder, 0o700);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) await openFolders(path.join(folder, entry.name));
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
