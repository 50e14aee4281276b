// The repositories that a batch spec runs over on one machine: folders of the user, or clones of git URLs. Only what is
// committed counts, as on an instance.
import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { git, gitNow } from './git.ts';

export interface LocalRepository {
  /** As Sourcegraph would name it: `github.com/acme/demo` out of the origin's URL, else the folder's name. */
  readonly name: string;
  readonly gitDirectory: string;
  readonly defaultBranch: string;
  readonly branches: Readonly<Record<string, string>>;
  /** The default branch's commit. */
  readonly commit: string;
  /** Said to the user, such as that uncommitted changes are not seen. */
  readonly notice?: string;
}

export type Opened =
  | { readonly kind: 'opened'; readonly repository: LocalRepository }
  | { readonly kind: 'failed'; readonly message: string };

export interface OpenOptions {
  /** Where clones of URLs are kept. */
  readonly cacheDirectory: string;
  readonly environment: NodeJS.ProcessEnv;
}

const URL_FORM = /^(?:[a-z][a-z+.-]*:\/\/|[^/\\]+@[^/\\]+:)/i;

/** `source`: a path, a git URL, or either with a name in front (`github.com/acme/demo=../demo`). */
export async function openRepository(source: string, options: OpenOptions): Promise<Opened> {
  const named = /^([A-Za-z0-9][\w./-]*)=(.+)$/.exec(source);
  const place = named?.[2] ?? source;
  const found = URL_FORM.test(place) ? await clone(place, options) : await folder(place, options);
  if (found.kind === 'failed') return { kind: 'failed', message: `--repo ${source}: ${found.message}` };
  return describe(found.gitDirectory, named?.[1] ?? found.name, found.workTree, source, options);
}

type Found = {
  readonly kind: 'found';
  readonly gitDirectory: string;
  readonly name: string;
  readonly workTree: boolean;
};
type Failed = { readonly kind: 'failed'; readonly message: string };

async function folder(place: string, options: OpenOptions): Promise<Found | Failed> {
  const absolute = path.resolve(place);
  const there = await stat(absolute).catch(() => undefined);
  if (there === undefined)
    return { kind: 'failed', message: 'no such folder; give the path of a git repository or a git URL' };
  const answer = await git(
    ['-C', absolute, 'rev-parse', '--absolute-git-dir', '--is-bare-repository'],
    options.environment,
  );
  if (answer.kind === 'failed') return { kind: 'failed', message: `not a git repository (${answer.message})` };
  const [gitDirectory = '', bare] = answer.out.trim().split('\n');
  const origin = await git(['-C', absolute, 'config', '--get', 'remote.origin.url'], options.environment);
  const name = origin.kind === 'ok' ? nameOfUrl(origin.out.trim()) : undefined;
  return {
    kind: 'found',
    gitDirectory,
    name: name ?? path.basename(absolute).replace(/\.git$/, ''),
    workTree: bare !== 'true',
  };
}

async function clone(url: string, options: OpenOptions): Promise<Found | Failed> {
  const name = nameOfUrl(url) ?? 'repository';
  const gitDirectory = path.join(options.cacheDirectory, createHash('sha256').update(url).digest('hex').slice(0, 16));
  await mkdir(options.cacheDirectory, { recursive: true });
  const known = (await stat(path.join(gitDirectory, 'HEAD')).catch(() => undefined)) !== undefined;
  const answer = known
    ? await git(['-C', gitDirectory, 'fetch', '--prune', '--quiet', 'origin'], options.environment)
    : await git(['clone', '--mirror', '--quiet', url, gitDirectory], options.environment);
  if (answer.kind === 'failed')
    return { kind: 'failed', message: `cannot be cloned (${withoutCredentials(answer.message)})` };
  return { kind: 'found', gitDirectory, name, workTree: false };
}

async function describe(
  gitDirectory: string,
  name: string,
  workTree: boolean,
  source: string,
  options: OpenOptions,
): Promise<Opened> {
  const head = await git(['-C', gitDirectory, 'rev-parse', '--verify', 'HEAD^{commit}'], options.environment);
  if (head.kind === 'failed')
    return { kind: 'failed', message: `--repo ${source}: has no commit yet; commit something first` };
  const branch = await git(['-C', gitDirectory, 'symbolic-ref', '--short', 'HEAD'], options.environment);
  const refs = await git(
    ['-C', gitDirectory, 'for-each-ref', '--format=%(refname:short) %(objectname)', 'refs/heads'],
    options.environment,
  );
  const branches =
    refs.kind === 'failed' ? {} : Object.fromEntries(refs.out.trim().split('\n').filter(Boolean).map(splitRef));
  const notice = workTree ? await uncommitted(gitDirectory, options) : undefined;
  return {
    kind: 'opened',
    repository: {
      name,
      gitDirectory,
      // A detached HEAD has no branch: its commit stands for it.
      defaultBranch: branch.kind === 'ok' ? branch.out.trim() : 'HEAD',
      branches,
      commit: head.out.trim(),
      ...(notice === undefined ? {} : { notice }),
    },
  };
}

async function uncommitted(gitDirectory: string, options: OpenOptions): Promise<string | undefined> {
  const workTree = path.dirname(gitDirectory);
  const status = await git(['-C', workTree, 'status', '--porcelain'], options.environment);
  return status.kind === 'ok' && status.out !== '' ? 'has uncommitted changes, which are not seen' : undefined;
}

function splitRef(line: string): [string, string] {
  const space = line.lastIndexOf(' ');
  return [line.slice(0, space), line.slice(space + 1)];
}

/**
 * Every path of a commit's tree, in git's order. Synchronous, because the expansion of a batch spec is a pure function
 * that asks for files where it needs them; a listing takes milliseconds.
 */
export function listFiles(
  repository: LocalRepository,
  commit: string,
  environment: NodeJS.ProcessEnv,
): readonly string[] {
  const answer = gitNow(['-C', repository.gitDirectory, 'ls-tree', '-r', '-z', '--name-only', commit], environment);
  if (answer.kind === 'failed') throw new Error(`${repository.name}: ${answer.message}`);
  return answer.out.split('\0').filter(Boolean);
}

/** `https://user@host/a/b.git`, `git@host:a/b` and `ssh://..` are all `host/a/b`. */
export function nameOfUrl(url: string): string | undefined {
  const scp = /^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/.exec(url);
  const plain = /^[a-z][a-z+.-]*:\/\/(?:[^@/]*@)?([^/]*)\/(.+)$/i.exec(url);
  const match = plain ?? scp;
  if (match === null) return undefined;
  const [, host = '', repository = ''] = match;
  const bare = repository.replace(/\/+$/, '').replace(/\.git$/, '');
  return host === '' ? path.basename(bare) : `${host.replace(/:\d+$/, '')}/${bare}`;
}

function withoutCredentials(message: string): string {
  return message.replace(/(:\/\/)[^@/\s]*@/g, '$1');
}
