// The example that runs when nobody names a batch spec: real git repositories, made at the start out of the files in
// examples/welcome, so that it needs no network and can be looked at afterwards.
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { git } from '../repositories/git.ts';

const EXAMPLE = path.join(import.meta.dirname, '..', '..', 'examples', 'welcome');

export interface Example {
  readonly specFile: string;
  /** Sources as `--repo` takes them. */
  readonly repositories: readonly string[];
}

// Fixed names and dates give the same commits on every machine, so that a second run finds its cached steps.
const AUTHOR = {
  GIT_AUTHOR_NAME: 'Example',
  GIT_AUTHOR_EMAIL: 'example@example.com',
  GIT_AUTHOR_DATE: '2024-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'Example',
  GIT_COMMITTER_EMAIL: 'example@example.com',
  GIT_COMMITTER_DATE: '2024-01-01T00:00:00Z',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** Makes the repositories anew below `directory`. */
export async function makeExample(directory: string, environment: NodeJS.ProcessEnv): Promise<Example> {
  const names = (await readdir(path.join(EXAMPLE, 'repositories'))).sort();
  for (const name of names)
    await makeRepository(path.join(directory, name), path.join(EXAMPLE, 'repositories', name), environment);
  return {
    specFile: path.join(EXAMPLE, 'batch.yaml'),
    repositories: names.map((name) => `github.com/acme/${name}=${path.join(directory, name)}`),
  };
}

async function makeRepository(target: string, files: string, environment: NodeJS.ProcessEnv): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await cp(files, target, { recursive: true });
  for (const args of [
    ['-c', 'init.defaultBranch=main', 'init', '--quiet', target],
    ['-C', target, 'add', '--all'],
    ['-C', target, 'commit', '--quiet', '--message', 'Initial commit'],
  ]) {
    const answer = await git(args, { ...environment, ...AUTHOR });
    if (answer.kind === 'failed')
      throw new Error(`the example's repository ${target} cannot be made: git says ${answer.message}`);
  }
}
