// The git directory of a clone while it is made. An image's own /bin/sh runs from the start of the task, so it can be in
// the workspace before git is: a `.git` prepared by it would name programs that git starts (filters, hooks, helpers) or a
// proxy for the job's token. So settings, references and index are in a folder of the step-runner's own until the clone is
// complete; only objects, which are nothing but data, go to their place in the workspace at once.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { HeldFolder } from './held-folder.ts';
import { type Entered, withFolderBelow } from './held-folder.ts';
import { OUTSIDE, segmentsInside } from './write-inside.ts';

/** git's own folders and files, whatever the umask. */
const FOLDER_MODE = 0o755;

export interface PrivateGit {
  /** For every git that works on the clone. */
  readonly environment: Readonly<Record<string, string>>;
  /** Puts the repository's own path in the place of the private one, which is nobody's business. */
  shown(bytes: Uint8Array): Uint8Array;
  /** Makes it an ordinary repository. Resolves to why that cannot be, undefined when it is one. */
  publish(): Promise<string | undefined>;
  remove(): Promise<void>;
}

/** `name`: the repository relative to the workspace, empty for the workspace itself. Resolves to why there can be none. */
export async function openPrivateGit(
  workspace: string,
  name: string,
): Promise<PrivateGit | { readonly refused: string }> {
  const segments = [...(segmentsInside(name) ?? []), '.git'];
  const made = await withFolderBelow(workspace, segments, FOLDER_MODE, (entered) => Promise.resolve(whyNot(entered)));
  if (made !== undefined) return { refused: made };
  const own = await mkdtemp(path.join(tmpdir(), 'clone-'));
  // git takes a directory of another name for a bare repository.
  const directory = path.join(own, '.git');
  const place = path.join(workspace, ...segments);
  return {
    environment: { GIT_DIR: directory, GIT_OBJECT_DIRECTORY: path.join(place, 'objects') },
    shown: (bytes) => Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(directory, place), 'latin1'),
    publish: async () => {
      try {
        return await withFolderBelow(workspace, segments, FOLDER_MODE, (entered) =>
          entered.kind === 'entered' ? copyInto(directory, entered.folder) : Promise.resolve(whyNot(entered)),
        );
      } catch (error) {
        // Such as a folder that somebody has put in a file's place, or no space.
        if (error instanceof Error && 'syscall' in error) return error.message;
        throw error;
      }
    },
    remove: () => rm(own, { recursive: true, force: true }),
  };
}

async function copyInto(source: string, target: HeldFolder): Promise<string | undefined> {
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const from = path.join(source, entry.name);
    if (!entry.isDirectory()) {
      await target.write(entry.name, await readFile(from), { mode: (await stat(from)).mode & 0o777, umask: 'ignored' });
      continue;
    }
    const entered = await target.enterOrMake(entry.name, FOLDER_MODE);
    if (entered.kind !== 'entered') return whyNot(entered);
    await using folder = entered.folder;
    const problem = await copyInto(from, folder);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function whyNot(entered: Entered): string | undefined {
  if (entered.kind === 'entered') return undefined;
  return entered.kind === 'link' ? OUTSIDE : `mkdir ${entered.place}: not a directory`;
}
