// Writes a file into the workspace, and surely nowhere else: repository, steps and hostile images may have put symbolic
// links, pipes or folders anywhere, and may go on doing so meanwhile.
import path from 'node:path';
import { type Entered, withFolderBelow } from './held-folder.ts';
import { type ModificationTime, setModificationTime } from './modification-time.ts';

/** The reference's words. */
export const OUTSIDE = 'refusing to write outside of working directory';
/** Steps of any user have to run and to change what is there. */
const FOR_ALL = 0o777;

export interface FileToWrite {
  /** Relative to the workspace. */
  readonly name: string;
  readonly content: Uint8Array;
  readonly modifiedAt?: ModificationTime;
}

export type Written =
  { readonly kind: 'written'; readonly path: string } | { readonly kind: 'refused'; readonly message: string };

/** The file gets mode 0777 whatever the umask. */
export async function writeInside(workspace: string, file: FileToWrite): Promise<Written> {
  const segments = segmentsInside(file.name);
  const name = segments?.at(-1);
  if (segments === undefined || name === undefined) return refused(OUTSIDE);
  return withFolderBelow(workspace, segments.slice(0, -1), FOR_ALL, async (entered) => {
    if (entered.kind !== 'entered') return refused(whyNot(entered));
    const { folder } = entered;
    const target = folder.shown(name);
    const there = folder.kindOf(name);
    if (there === 'link') return refused(OUTSIDE);
    if (there === 'folder') return refused(`open ${target}: is a directory`);
    await folder.write(name, file.content, { mode: FOR_ALL, umask: 'ignored' });
    if (file.modifiedAt !== undefined) await setModificationTime(target, file.modifiedAt);
    return { kind: 'written', path: target };
  });
}

/**
 * Makes a folder of the workspace where there is nothing, as `docker run -w` does for a step's working directory. What
 * stands in the way is the step's business: it will say so when it cannot change into the folder.
 */
export async function makeFolderInside(workspace: string, name: string): Promise<void> {
  await withFolderBelow(workspace, segmentsInside(name) ?? [], FOR_ALL, () => Promise.resolve());
}

/** The folders on the way to `name` and the last part of it; undefined when it is the workspace itself or leads out of it. */
export function segmentsInside(name: string): readonly string[] | undefined {
  if (path.isAbsolute(name) || name.includes('\0')) return undefined;
  const segments = path
    .normalize(name)
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');
  return segments.length === 0 || segments[0] === '..' ? undefined : segments;
}

const refused = (message: string): Written => ({ kind: 'refused', message });

function whyNot(found: Exclude<Entered, { kind: 'entered' }>): string {
  return found.kind === 'link' ? OUTSIDE : `mkdir ${found.place}: not a directory`;
}
