// A repository that untrusted steps have written to, as git in the step-runner sees it: through a git directory of the
// step-runner's own, made anew for each use, that holds the settings from ./configuration.ts, a copy of the index, of
// HEAD's commit and of the exclude, attribute and sparse-checkout rules. Only the objects are the repository's own. The
// index is copied back, so that the steps' own git sees what the reference's git would have left.
import { constants } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RunHostCommand } from '../../host-command.ts';
import { errnoOf } from '../go-error-text.ts';
import { lstatOrNothing, readWorkspaceFile } from '../workspace-file.ts';
import { runGit, type GitEnd } from './command.ts';
import { configurationText, parseSettings, type Setting } from './configuration.ts';
import { headCommit } from './head.ts';

export interface TrustedRepository {
  /** Runs git in the repository's root; `args` must not name options of git itself. */
  git(args: readonly string[], signal: AbortSignal, stdoutMax?: number): Promise<GitEnd>;
}

/** What git says where no repository is. */
export const NOT_A_REPOSITORY = 'fatal: not a git repository (or any of the parent directories): .git\n';
const NOT_A_REPOSITORY_EXIT = 128;

/** Calls `use` with the repository in `folder`; its git directory and whatever `use` left in it are gone afterwards. */
export async function withTrustedRepository<T>(
  folder: string,
  hostCommand: RunHostCommand,
  signal: AbortSignal,
  use: (repository: TrustedRepository) => Promise<T>,
): Promise<T> {
  const source = path.join(folder, '.git');
  if (!(await isRepository(source))) return use(NO_REPOSITORY);
  const own = await mkdtemp(path.join(tmpdir(), 'git-'));
  try {
    await prepare(source, own, hostCommand, signal);
    const repository: TrustedRepository = {
      git: (args, gitSignal, stdoutMax) =>
        runGit(['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', ...args], {
          hostCommand,
          workingDirectory: folder,
          environment: {
            GIT_DIR: own,
            GIT_WORK_TREE: folder,
            GIT_OBJECT_DIRECTORY: path.join(source, 'objects'),
          },
          signal: gitSignal,
          ...(stdoutMax === undefined ? {} : { stdoutMax }),
        }),
    };
    // Without one git makes a new one, and the diff is the same.
    if (await leadsOutside(repository, signal)) await rm(path.join(own, 'index'), { force: true });
    const result = await use(repository);
    await giveIndexBack(own, source);
    return result;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

const NO_REPOSITORY: TrustedRepository = {
  git: () =>
    Promise.resolve({
      kind: 'exited',
      exitCode: NOT_A_REPOSITORY_EXIT,
      stdout: Buffer.alloc(0),
      stderr: Buffer.from(NOT_A_REPOSITORY),
    }),
};

/** Symbolic links and `gitdir:` files would lead git's writes elsewhere; the clone makes none. */
async function isRepository(source: string): Promise<boolean> {
  for (const part of ['', 'objects']) {
    const stat = await lstatOrNothing(path.join(source, part));
    if (stat?.isDirectory() !== true) return false;
  }
  return (await lstatOrNothing(path.join(source, 'HEAD'))) !== undefined;
}

async function prepare(source: string, own: string, hostCommand: RunHostCommand, signal: AbortSignal): Promise<void> {
  await Promise.all([mkdir(path.join(own, 'refs')), mkdir(path.join(own, 'info'))]);
  const [settings, commit] = await Promise.all([
    readSettings(source, own, hostCommand, signal),
    headCommit(source),
    ...['index', 'info/exclude', 'info/attributes', 'info/sparse-checkout'].map((name) => copyIn(source, own, name)),
  ]);
  await Promise.all([
    writeFile(path.join(own, 'config'), configurationText(settings)),
    writeFile(path.join(own, 'HEAD'), commit === undefined ? 'ref: refs/heads/unborn\n' : `${commit}\n`),
  ]);
}

/** `git sparse-checkout` keeps its settings in `config.worktree`. */
async function readSettings(
  source: string,
  own: string,
  hostCommand: RunHostCommand,
  signal: AbortSignal,
): Promise<Setting[]> {
  const settings: Setting[] = [];
  for (const name of ['config', 'config.worktree']) {
    if (!(await copyIn(source, own, name))) continue;
    const file = path.join(own, name);
    const end = await runGit(['config', '--file', file, '--no-includes', '--null', '--list'], {
      hostCommand,
      workingDirectory: own,
      signal,
    });
    await rm(file);
    if (end.kind === 'exited' && end.exitCode === 0) settings.push(...parseSettings(end.stdout.toString('utf8')));
  }
  return settings;
}

/**
 * git believes an index that is there already: an entry `../../etc/passwd` would be read and become part of the diff.
 * An index that git cannot read has no entries, and git will say so itself.
 */
async function leadsOutside(repository: TrustedRepository, signal: AbortSignal): Promise<boolean> {
  const listed = await repository.git(['ls-files', '-z'], signal);
  if (listed.kind !== 'exited') return false;
  const text = listed.stdout.toString('latin1');
  return /(?:^|[\0/])(?:\.{1,2}|\.git)?(?:[\0/])/i.test(text);
}

async function copyIn(source: string, own: string, name: string): Promise<boolean> {
  const file = path.join(source, name);
  const read = await readWorkspaceFile(source, file, file);
  if (read.kind === 'read') await writeFile(path.join(own, name), read.bytes);
  return read.kind === 'read';
}

/** By way of a rename: whatever a step has put in the index's place is replaced, not written through. */
async function giveIndexBack(own: string, source: string): Promise<void> {
  const [made, place] = [path.join(source, `index.${path.basename(own)}`), path.join(source, 'index')];
  try {
    await copyFile(path.join(own, 'index'), made, constants.COPYFILE_EXCL);
    await rename(made, place);
  } catch (error) {
    // No index was written, or the steps have made the repository unwritable: their own git then fails, ours does not.
    errnoOf(error);
    await rm(made, { force: true });
  }
}
