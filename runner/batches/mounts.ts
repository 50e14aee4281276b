// Where a step's mounts come from: files and folders of the workspace files, which the job brought. The reference's two
// programs look for them in the same way and word their refusals differently (batcheshelper run/pre.go; src-cli
// internal/batches/executor/run_steps.go). Where the older one compares paths as texts, a folder beside the workspace
// files with the same prefix passes; here what counts is where a path really leads, symbolic links included.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, goPathError } from './go-error-text.ts';
import { pathInRunner, pathInSteps } from './seen-paths.ts';
import { isInside } from './workspace-file.ts';
import type { TaskPaths } from '../task-paths.ts';

export interface MountSource {
  /** A folder ends in a slash. */
  readonly inSteps: string;
  readonly inRunner: string;
}

export type ResolvedMount =
  ({ readonly kind: 'found' } & MountSource) | { readonly kind: 'refused'; readonly message: string };

const outside = (mountPath: string): ResolvedMount =>
  refused(`mount path ${mountPath} is not in the same directory or subdirectory as the batch spec`);
const missing = (shown: string): ResolvedMount => refused(`mount path ${shown} does not exist`);
const refused = (message: string): ResolvedMount => ({ kind: 'refused', message });

/** As `batcheshelper pre` does: existence first, and the whole path in its message. */
export async function resolveNativeMount(paths: TaskPaths, folder: string, mountPath: string): Promise<ResolvedMount> {
  const named = path.posix.isAbsolute(mountPath) ? mountPath : path.posix.join(folder, mountPath);
  const kind = await kindOf(pathInRunner(paths, named));
  if (kind === 'missing') return missing(named);
  return found(paths, folder, named, mountPath, kind === 'folder');
}

/** As `src batch exec` does: the path must not lead out of the folder, whether or not something is there. */
export async function resolveExecMount(paths: TaskPaths, folder: string, mountPath: string): Promise<ResolvedMount> {
  if ((await kindOf(pathInRunner(paths, folder))) !== 'folder') {
    return refused(`opening batch spec directory: ${goPathError('open', pathInSteps(paths, folder), 'ENOENT')}`);
  }
  const base = pathInSteps(paths, folder);
  const named = path.posix.resolve(base, mountPath);
  if (path.posix.relative(base, named).startsWith('..')) return outside(mountPath);
  const kind = await kindOf(pathInRunner(paths, named));
  if (kind === 'missing') return missing(mountPath);
  return found(paths, folder, named, mountPath, kind === 'folder');
}

async function found(
  paths: TaskPaths,
  folder: string,
  named: string,
  mountPath: string,
  isFolder: boolean,
): Promise<ResolvedMount> {
  const inRunner = pathInRunner(paths, named);
  if (!(await isInsideFolder(pathInRunner(paths, folder), inRunner))) return outside(mountPath);
  // Without the slash docker would take a folder for a file; it costs nothing to have it everywhere.
  const inSteps = path.posix.isAbsolute(named) ? pathInSteps(paths, named) : named;
  return { kind: 'found', inRunner, inSteps: isFolder && !inSteps.endsWith('/') ? `${inSteps}/` : inSteps };
}

async function isInsideFolder(folder: string, file: string): Promise<boolean> {
  try {
    return await isInside(folder, file);
  } catch (error) {
    errnoOf(error);
    return false;
  }
}

async function kindOf(file: string): Promise<'file' | 'folder' | 'missing'> {
  try {
    return (await stat(file)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    errnoOf(error);
    return 'missing';
  }
}
