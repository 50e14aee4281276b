// Writes a file into the workspace, and surely nowhere else: repository and steps may have put symbolic links, pipes or
// folders anywhere. Only called while nothing of a step runs, so what has been looked at stays.
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, unlink } from 'node:fs/promises';
import path from 'node:path';
import { type ModificationTime, setModificationTime } from './modification-time.ts';

/** The reference's words. */
export const OUTSIDE = 'refusing to write outside of working directory';

export interface FileToWrite {
  /** Relative to the workspace. */
  readonly name: string;
  readonly content: Uint8Array;
  readonly modifiedAt?: ModificationTime;
}

export type Written =
  { readonly kind: 'written'; readonly path: string } | { readonly kind: 'refused'; readonly message: string };

/** The file gets mode 0777 whatever the umask: steps of any user have to run and to change it. */
export async function writeInside(workspace: string, file: FileToWrite): Promise<Written> {
  const segments = segmentsInside(file.name);
  if (segments === undefined) return { kind: 'refused', message: OUTSIDE };
  let folder = workspace;
  for (const segment of segments.slice(0, -1)) {
    folder = path.join(folder, segment);
    const refused = await makeFolder(folder);
    if (refused !== undefined) return { kind: 'refused', message: refused };
  }
  const target = path.join(folder, segments.at(-1) ?? '');
  const there = await kindOf(target);
  if (there === 'link') return { kind: 'refused', message: OUTSIDE };
  if (there === 'folder') return { kind: 'refused', message: `open ${target}: is a directory` };
  // A new file: whoever has the old one open, or linked it elsewhere, keeps the old one.
  if (there !== 'nothing') await unlink(target);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(target, flags, 0o777);
  try {
    await handle.writeFile(file.content);
    await handle.chmod(0o777);
  } finally {
    await handle.close();
  }
  if (file.modifiedAt !== undefined) await setModificationTime(target, file.modifiedAt);
  return { kind: 'written', path: target };
}

/** Makes a folder of the workspace where there is nothing, as `docker run -w` does for a step's working directory. */
export async function makeFolderInside(workspace: string, name: string): Promise<void> {
  let folder = workspace;
  for (const segment of segmentsInside(name) ?? []) {
    folder = path.join(folder, segment);
    // What stands in the way is the step's business: it will say so when it cannot change into the folder.
    if ((await makeFolder(folder)) !== undefined) return;
  }
}

function segmentsInside(name: string): readonly string[] | undefined {
  if (path.isAbsolute(name) || name.includes('\0')) return undefined;
  const segments = path
    .normalize(name)
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');
  return segments.length === 0 || segments[0] === '..' ? undefined : segments;
}

/** Resolves to why there can be no such folder. */
async function makeFolder(folder: string): Promise<string | undefined> {
  switch (await kindOf(folder)) {
    case 'folder':
      return undefined;
    case 'nothing':
      await mkdir(folder);
      await chmod(folder, 0o777);
      return undefined;
    case 'link':
      return OUTSIDE;
    case 'other':
      return `mkdir ${folder}: not a directory`;
  }
}

async function kindOf(file: string): Promise<'nothing' | 'folder' | 'link' | 'other'> {
  try {
    const stats = await lstat(file);
    return stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'other';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'nothing';
    throw error;
  }
}
