// Files in the workspace, read and written by the step-runner, which is root, beside steps that it does not trust: no
// symbolic link is followed, nothing but a regular file is read, and a file is made anew rather than written into.
import { constants } from 'node:fs';
import { lstat, open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { type FileMode, withFolderBelow } from '../workspace/held-folder.ts';
import type { TaskPaths } from '../task-paths.ts';
import { segmentsInside } from '../workspace/write-inside.ts';
import { errnoOf, goPathError } from './go-error-text.ts';
import { pathInRunner } from './seen-paths.ts';

export type FileRead =
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
  | { readonly kind: 'missing'; readonly message: string }
  /** There, but not to be read. `message` is Go's text with the path as the user knows it. */
  | { readonly kind: 'failed'; readonly message: string };

/** A larger file could not be part of a result: JSON text beyond JavaScript's longest string. */
export const READ_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Reads a regular file below `root` without following symbolic links. `shown` is its path in messages. Folders between
 * must not lead out of `root` either.
 */
export async function readWorkspaceFile(root: string, file: string, shown: string): Promise<FileRead> {
  let handle: FileHandle;
  try {
    if (!(await isInside(root, path.dirname(file)))) return failed('open', shown, 'ELOOP');
    // Without O_NONBLOCK the open of a named pipe would wait for a writer.
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = errnoOf(error);
    return code === 'ENOENT'
      ? { kind: 'missing', message: goPathError('open', shown, code) }
      : failed('open', shown, code);
  }
  try {
    // Where it was found may have changed between the look at its folder and now.
    if (!(await isOpenedInside(root, handle))) return failed('open', shown, 'ELOOP');
    const stat = await handle.stat();
    if (stat.isDirectory()) return failed('read', shown, 'EISDIR');
    if (!stat.isFile()) return failed('read', shown, 'EINVAL');
    if (stat.size > READ_BYTES_MAX) return failed('read', shown, 'EFBIG');
    return { kind: 'read', bytes: await handle.readFile() };
  } finally {
    await handle.close();
  }
}

function failed(operation: string, shown: string, code: string): FileRead {
  return { kind: 'failed', message: goPathError(operation, shown, code) };
}

/** What a file of the job held when the job was given out; undefined for one that it did not bring along itself. */
export type JobFileContent = (name: string) => Uint8Array | undefined;

/**
 * A file that decides what the job is and by which keys its results are found again. A step can change it in the
 * workspace, and would so put its own results in the place of another job's: what counts is what the job brought.
 */
export async function readJobFile(
  paths: TaskPaths,
  jobFile: JobFileContent | undefined,
  named: string,
): Promise<FileRead> {
  const bytes = jobFile?.(named);
  return bytes === undefined
    ? readWorkspaceFile(paths.job, pathInRunner(paths, named), named)
    : { kind: 'read', bytes };
}

/** Only Linux tells; elsewhere there are no images whose own programs could have been at work meanwhile. */
async function isOpenedInside(root: string, { fd }: FileHandle): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  return isBelow(await realpath(root), await readlink(`/proc/self/fd/${fd}`));
}

/** Whether the real place of `folder` is `root`'s or below. Throws when it does not exist. */
export async function isInside(root: string, folder: string): Promise<boolean> {
  const [realRoot, realFolder] = await Promise.all([realpath(root), realpath(folder)]);
  return isBelow(realRoot, realFolder);
}

const isBelow = (root: string, place: string): boolean =>
  place === root || place.startsWith(root === '/' ? '/' : `${root}/`);

/**
 * Writes a file of the workspace in the place of whatever stands there, a folder excepted, and through no symbolic link.
 * `root`: the workspace, `file` below it. Resolves to Go's error text, undefined when written.
 */
export async function writeWorkspaceFile(
  root: string,
  file: string,
  shown: string,
  bytes: Uint8Array | string,
  mode: FileMode,
): Promise<string | undefined> {
  const segments = segmentsInside(path.relative(root, file));
  const name = segments?.at(-1);
  if (segments === undefined || name === undefined) return goPathError('open', shown, 'ENOENT');
  try {
    return await withFolderBelow(root, segments.slice(0, -1), undefined, async (entered) => {
      if (entered.kind !== 'entered') return goPathError('open', shown, NO_FOLDER[entered.kind]);
      if (entered.folder.kindOf(name) === 'folder') return goPathError('open', shown, 'EISDIR');
      await entered.folder.write(name, bytes, mode);
      return undefined;
    });
  } catch (error) {
    return goPathError('open', shown, errnoOf(error));
  }
}

const NO_FOLDER = { nothing: 'ENOENT', link: 'ELOOP', other: 'ENOTDIR' } as const;

/** Like lstat, undefined for a path that does not exist. */
export async function lstatOrNothing(file: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(file);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
