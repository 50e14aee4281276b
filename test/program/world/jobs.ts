// Jobs as an instance would give them out, short to write.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { JobTemplate, SandboxJob } from '#local/sandbox/jobs.ts';

export const REPOSITORY = 'github.com/example/greetings';

export interface Repository {
  readonly gitDirectory: string;
  readonly commit: string;
}

export function makeRepository(
  folder: string,
  files: Readonly<Record<string, string>> = { 'README.md': 'hello\n' },
): Repository {
  mkdirSync(folder, { recursive: true });
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', folder, ...words], { encoding: 'utf8' }).trim();
  git('init', '-q', '-b', 'main');
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  git('add', '.');
  git('-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '-q', '-m', 'first');
  return { gitDirectory: path.join(folder, '.git'), commit: git('rev-parse', 'HEAD') };
}

/** A version 2 job of one step without a repository; `fields` replace what it holds. */
export function stepJob(commands: readonly string[], fields: Readonly<Record<string, unknown>> = {}): JobTemplate {
  return {
    version: 2,
    repositoryName: '',
    commit: '',
    dockerSteps: [{ key: 'test', image: 'alpine:3', dir: '', env: null, commands }],
    cliSteps: null,
    files: null,
    redactedValues: null,
    ...fields,
  };
}

export function clonedJob(
  commands: readonly string[],
  { commit }: Repository,
  fields: Readonly<Record<string, unknown>> = {},
): JobTemplate {
  return stepJob(commands, { repositoryName: REPOSITORY, commit, shallowClone: true, ...fields });
}

/** The text of a job's entry; all of its texts without a key. */
export function outputOf(job: SandboxJob, key?: string): string {
  return job.logs
    .filter((entry) => key === undefined || entry.key === key)
    .map(({ out }) => out)
    .join('');
}

/** What a job's entry, or the whole job, says on one stream: nothing tells how lines of the other come in between. */
export function streamOf(job: SandboxJob, stream: 'stdout' | 'stderr', key?: string): string {
  const prefix = `${stream}: `;
  const lines = outputOf(job, key).split(/(?<=\n)/);
  return lines.flatMap((line) => (line.startsWith(prefix) ? [line.slice(prefix.length)] : [])).join('');
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');
