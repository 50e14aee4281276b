// A sandbox Sourcegraph with one small repository, whose jobs are steps in images of the test.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFinished, type JobTemplate, type SandboxJob } from '#local/sandbox/jobs.ts';
import { type Sandbox, startSandbox } from '#local/sandbox/sandbox.ts';

/** Jobs of the queue `batches` must bring step results. */
export const QUEUE = 'codeintel';
export const QUEUES = [QUEUE, 'batches'];
export const REPOSITORY = 'github.com/acme/demo';

export interface DockerStepWish {
  readonly image: string;
  readonly commands: readonly string[];
  readonly dir?: string;
  readonly env?: readonly string[];
  readonly key?: string;
}

export interface SandboxJobs {
  readonly sandbox: Sandbox;
  /** The executor's token, and every job's that there was. */
  readonly tokens: ReadonlySet<string>;
  /** The repository's only one. */
  readonly commit: string;
  /** A job of {@link QUEUE}. */
  enqueue(steps: readonly DockerStepWish[], more?: JobTemplate): SandboxJob;
  /** Resolves when the job has ended. */
  finished(job: SandboxJob): Promise<SandboxJob>;
  close(): Promise<void>;
}

/** `host`: where the sandbox listens; `files`: of the repository. */
export async function openSandboxJobs(
  host: string,
  files: Readonly<Record<string, string>> = { 'README.md': 'hello\n' },
): Promise<SandboxJobs> {
  const repository = mkdtempSync(path.join(tmpdir(), 'real-job-'));
  const commit = makeRepository(repository, files);
  const sandbox = await startSandbox({
    queues: QUEUES,
    port: 0,
    host,
    repository: (name) => (name === REPOSITORY ? path.join(repository, '.git') : undefined),
    gitEnvironment: { PATH: process.env['PATH'], HOME: repository },
  });
  const tokens = new Set([sandbox.accessToken]);
  return {
    sandbox,
    tokens,
    commit,
    enqueue: (steps, more = {}) =>
      sandbox.rules.enqueue(QUEUE, {
        repositoryName: REPOSITORY,
        repositoryDirectory: '',
        commit,
        fetchTags: false,
        shallowClone: true,
        sparseCheckout: [],
        files: {},
        dockerSteps: steps.map((step, index) => ({ dir: '', env: [], key: `step-${index}`, ...step })),
        cliSteps: [],
        redactedValues: {},
        ...more,
      }),
    finished: async (job) => {
      while (!isFinished(job)) {
        if (job.token !== undefined) tokens.add(job.token);
        await sleep(5);
      }
      return job;
    },
    close: async () => {
      await sandbox.close();
      rmSync(repository, { recursive: true });
    },
  };
}

/** What steps of a job printed, by log entry key. */
export function outputOf(job: SandboxJob, key: string): string {
  const entry = job.logs.find((log) => log.key === key);
  return entry?.out ?? '';
}

function makeRepository(folder: string, files: Readonly<Record<string, string>>): string {
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', folder, ...words], { encoding: 'utf8' }).trim();
  git('init', '-q', '-b', 'main');
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  git('add', '.');
  git('-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '-q', '-m', 'first');
  git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  return git('rev-parse', 'HEAD');
}
