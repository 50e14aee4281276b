// The git commands that bring a job's repository into its workspace, with the reference's keys and arguments
// (cmd/executor/internal/worker/workspace/clone.go). Where it clones through a proxy on the loopback interface that adds
// the credentials, git here talks to the instance itself and gets them by environment.
import path from 'node:path';
import { quote } from '#batches/go/quote.ts';
import { gitCloneUrl } from '#sourcegraph/git.ts';
import type { Job } from '#sourcegraph/job.ts';

export interface GitCommand {
  readonly key: string;
  readonly argv: readonly [string, ...string[]];
  /** Talks to Sourcegraph, so it needs the job's credentials. */
  readonly network: boolean;
}

export type ClonePlan =
  | { readonly kind: 'plan'; readonly repositoryPath: string; readonly commands: readonly GitCommand[] }
  | { readonly kind: 'refused'; readonly message: string };

export function clonePlan(job: Job, workspace: string, frontendUrl: string): ClonePlan {
  const repositoryPath = path.join(workspace, job.repositoryDirectory);
  if (repositoryPath !== workspace && !repositoryPath.startsWith(`${workspace}/`)) {
    const message = `invalid repo path ${quote(repositoryPath)} not a subdirectory of ${quote(workspace)}`;
    return { kind: 'refused', message };
  }
  // A name or commit that begins with a dash would be an option of git.
  if (!isRepositoryName(job.repositoryName)) return { kind: 'refused', message: 'invalid repository name' };
  if (!/^[^-\s:+^~?*[\\][^\s:~^?*[\\]*$/.test(job.commit)) return { kind: 'refused', message: 'invalid commit' };
  return {
    kind: 'plan',
    repositoryPath,
    commands: commands(job, repositoryPath, gitCloneUrl(frontendUrl, job.repositoryName)),
  };
}

function commands(job: Job, repositoryPath: string, url: string): GitCommand[] {
  const sparse = job.sparseCheckout.length > 0;
  const git = (key: string, args: readonly string[], network = false): GitCommand => ({
    key: `setup.git.${key}`,
    argv: ['git', '-C', repositoryPath, ...args],
    network,
  });
  return [
    git('init', ['init']),
    git('add-remote', ['remote', 'add', 'origin', url]),
    git('disable-gc', ['config', '--local', 'gc.auto', '0']),
    git('fetch', fetchArguments(job), true),
    ...(sparse
      ? [
          git('sparse-checkout-config', ['config', '--local', 'core.sparseCheckout', '1']),
          git('sparse-checkout-set', ['sparse-checkout', 'set', '--no-cone', '--', ...job.sparseCheckout]),
        ]
      : []),
    // A sparse checkout fetches the files that the filter left out.
    git('checkout', [...(sparse ? PROTOCOL : []), 'checkout', '--progress', '--force', job.commit], sparse),
    // Indexers expect the origin to be the upstream repository.
    git('set-remote', ['remote', 'set-url', 'origin', job.repositoryName]),
  ];
}

const PROTOCOL = ['-c', 'protocol.version=2'] as const;

function fetchArguments(job: Job): string[] {
  return [
    ...PROTOCOL,
    'fetch',
    '--progress',
    '--no-recurse-submodules',
    ...(job.fetchTags ? ['--tags'] : []),
    ...(job.shallowClone && !job.fetchTags ? ['--no-tags'] : []),
    ...(job.shallowClone ? ['--depth=1'] : []),
    ...(job.sparseCheckout.length > 0 ? ['--filter=blob:none'] : []),
    'origin',
    job.commit,
  ];
}

function isRepositoryName(name: string): boolean {
  const segments = name.split('/');
  return !name.startsWith('-') && segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}
