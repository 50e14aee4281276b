// The git directory of a clone while it is made. An image's own /bin/sh runs from the start of the task, so it can be in
// the workspace before git is: a `.git` prepared by it would name programs that git starts (filters, hooks, helpers) or a
// proxy for the job's token. So settings, references and index are in a folder of the step-runner's own until the clone is
// complete; only objects, which are nothing but data, go to their place in the workspace at once.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Entered, type HeldFolder, SMALL_BYTES_MAX, withFolderBelow } from './held-folder.ts';
import { OUTSIDE, segmentsInside } from './write-inside.ts';

/** git's own folders and files, whatever the umask. */
const FOLDER_MODE = 0o755;

/** Of git's template only the folders: to copy its sample hooks would cost more than all the rest of a small clone. */
const TEMPLATE = ['hooks', 'info'];

export interface PrivateGit {
  /** For every git that works on the clone. */
  readonly environment: Readonly<Record<string, string>>;
  /** Puts the repository's own path in the place of the private one, which is nobody's business. */
  shown(bytes: Uint8Array): Uint8Array;
  /** Makes it an ordinary repository. Resolves to why that cannot be, undefined when it is one. */
  publish(): Promise<string | undefined>;
  remove(): void;
}

/** `name`: the repository relative to the workspace, empty for the workspace itself. Resolves to why there can be none. */
export async function openPrivateGit(
  workspace: string,
  name: string,
): Promise<PrivateGit | { readonly refused: string }> {
  const segments = [...(segmentsInside(name) ?? []), '.git'];
  const made = await withFolderBelow(workspace, segments, FOLDER_MODE, (entered) => Promise.resolve(whyNot(entered)));
  if (made !== undefined) return { refused: made };
  const own = mkdtempSync(path.join(tmpdir(), 'clone-'));
  // git takes a directory of another name for a bare repository.
  const directory = path.join(own, '.git');
  const template = path.join(own, 'template');
  for (const folder of TEMPLATE) mkdirSync(path.join(template, folder), { recursive: true });
  const place = path.join(workspace, ...segments);
  return {
    environment: {
      GIT_DIR: directory,
      GIT_OBJECT_DIRECTORY: path.join(place, 'objects'),
      GIT_TEMPLATE_DIR: template,
    },
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
    remove: () => rmSync(own, { recursive: true, force: true }),
  };
}

async function copyInto(source: string, target: HeldFolder): Promise<string | undefined> {
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const from = path.join(source, entry.name);
    if (!entry.isDirectory()) {
      const { size, mode } = statSync(from);
      const content = size <= SMALL_BYTES_MAX ? readFileSync(from) : await readFile(from);
      await target.write(entry.name, content, { mode: mode & 0o777, umask: 'ignored' });
      continue;
    }
    const entered = target.enterOrMake(entry.name, FOLDER_MODE);
    if (entered.kind !== 'entered') return whyNot(entered);
    using folder = entered.folder;
    const problem = await copyInto(from, folder);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function whyNot(entered: Entered): string | undefined {
  if (entered.kind === 'entered') return undefined;
  return entered.kind === 'link' ? OUTSIDE : `mkdir ${entered.place}: not a directory`;
}
