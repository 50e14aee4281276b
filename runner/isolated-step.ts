// The step whose environment holds the executor's own token: codeintel's upload. Sourcegraph writes its command, but what
// it works on lies in the workspace, which the indexer (anybody's image) can change at any time. So it gets a workspace of
// its own in its control volume, which no other step sees: its script, and the one file that its command names.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { quote } from '#batches/go/quote.ts';
import type { DockerStep } from '#sourcegraph/job.ts';
import { failed, OK, type Outcome } from './command-outcome.ts';
import type { JobContext } from './job-context.ts';
import type { TaskPaths } from './task-paths.ts';
import { scriptFile } from './workspace/files.ts';
import { type Entered, withFolderBelow } from './workspace/held-folder.ts';
import { makeFolderInside, segmentsInside, writeInside } from './workspace/write-inside.ts';

const FOLDER = 'job';
const FOR_ALL = 0o777;

/** Where the step finds things: everything of the workspace is in its own. */
export function isolatedPaths(paths: TaskPaths, container: string): TaskPaths {
  return { ...paths, jobInSteps: path.posix.join(paths.controlInSteps(container), FOLDER) };
}

/** Makes its workspace. Fails for a file that is no ordinary one: a link could lead to the step's own environment. */
export async function prepareIsolated(
  { paths, payload }: JobContext,
  container: string,
  index: number,
  step: DockerStep,
): Promise<Outcome> {
  const control = paths.control(container);
  await makeFolderInside(control, FOLDER);
  const own = path.join(control, FOLDER);
  await makeFolderInside(own, step.dir);
  const file = fileOfCommand(step.commands.join('\n'));
  if (file !== undefined) {
    const copied = await copyFile(paths.job, own, path.posix.join(step.dir, file));
    if (copied === 'refused') return failed(`the file ${quote(file)} that this step is to send is no ordinary file`);
  }
  const written = await writeInside(own, scriptFile(payload.job, index));
  return written.kind === 'written' ? OK : failed(written.message);
}

/** The value of `-file` in `src code-intel upload ...`, whose words Sourcegraph has quoted for a shell. */
export function fileOfCommand(command: string): string | undefined {
  const words = [...command.matchAll(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\[\s\S]|[^\s'"\\])+/g)].map(([word]) =>
    unquoted(word),
  );
  const flag = words.findIndex((word) => /^--?file(?:=|$)/.test(word));
  const value = words[flag]?.split('=').slice(1).join('=');
  return flag < 0 ? undefined : value === '' || value === undefined ? words[flag + 1] : value;
}

const unquoted = (word: string): string =>
  word.replaceAll(/'([^']*)'|"((?:\\.|[^"\\])*)"|\\([\s\S])/g, (_, single?: string, double?: string, one?: string) => {
    return single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? one ?? '';
  });

/** A file that is not there is for the step's own program to tell. */
async function copyFile(from: string, to: string, name: string): Promise<'copied' | 'missing' | 'refused'> {
  const segments = segmentsInside(name);
  const last = segments?.at(-1);
  if (segments === undefined || last === undefined) return 'refused';
  const folders = segments.slice(0, -1);
  const opened = await withFolderBelow(from, folders, undefined, (entered) => openFile(entered, last));
  if (typeof opened === 'string') return opened;
  try {
    await withFolderBelow(to, folders, FOR_ALL, async (entered) => {
      if (entered.kind !== 'entered') throw new Error(`${entered.place} is no folder`);
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
      const copy = await open(entered.folder.at(last), flags, FOR_ALL);
      await pipeline(opened.createReadStream({ autoClose: false }), copy.createWriteStream());
    });
  } finally {
    await opened.close();
  }
  return 'copied';
}

async function openFile(entered: Entered, name: string): Promise<FileHandle | 'missing' | 'refused'> {
  if (entered.kind !== 'entered') return entered.kind === 'nothing' ? 'missing' : 'refused';
  const kind = entered.folder.kindOf(name);
  if (kind !== 'other') return kind === 'nothing' ? 'missing' : 'refused';
  // Without O_NONBLOCK the open of a named pipe would wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(entered.folder.at(name), flags);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return 'refused';
}
