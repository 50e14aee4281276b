// Whole jobs on a real engine: the sandbox Sourcegraph, the dispatch and completion code, and the step-runner's own image.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DispatchOptions } from '#jobs/options.ts';
import type { Journal } from '#jobs/world.ts';
import type { DockerEngine } from '#local/engines/docker/docker-engine.ts';
import { startLocalExecutor } from '#local/executor.ts';
import { connectInstance } from '#local/instance.ts';
import { isFinished, type JobTemplate, type SandboxJob } from '#local/sandbox/jobs.ts';
import { startSandbox } from '#local/sandbox/sandbox.ts';
import { createHttpTransport } from '#sourcegraph/http.ts';

export const RUNNER_IMAGE = 'test/step-runner:1';
/** Jobs of the queue `batches` must bring step results. */
const QUEUE = 'codeintel';
const REPOSITORY = 'github.com/acme/demo';

export interface DockerStepWish {
  readonly image: string;
  readonly commands: readonly string[];
  readonly dir?: string;
  readonly env?: readonly string[];
  readonly key?: string;
}

export interface RealJobs {
  /** The executor's token, and every job's that there was. */
  readonly tokens: ReadonlySet<string>;
  /** Where the program listens for its tasks. */
  readonly host: string;
  /** What the program itself said. */
  readonly said: readonly string[];
  run(steps: readonly DockerStepWish[], more?: JobTemplate): Promise<SandboxJob>;
  close(): Promise<void>;
}

export async function openRealJobs(engine: DockerEngine): Promise<RealJobs> {
  const repository = mkdtempSync(path.join(tmpdir(), 'real-job-'));
  const commit = makeRepository(repository);
  const sandbox = await startSandbox({
    queues: [QUEUE],
    port: 0,
    host: engine.program.listen,
    repository: (name) => (name === REPOSITORY ? path.join(repository, '.git') : undefined),
    gitEnvironment: { PATH: process.env['PATH'], HOME: repository },
  });
  const frontendUrl = sandbox.url.replace(engine.program.listen, engine.program.reachedAs);
  const said: string[] = [];
  const tokens = new Set([sandbox.accessToken]);
  const journal: Journal = {
    log: (level, message, fields) => void said.push(`${level} ${message} ${JSON.stringify(fields)}`),
    metric: () => undefined,
  };
  const instance = await connectInstance({
    frontendUrl: sandbox.url,
    token: sandbox.accessToken,
    executorName: 'engine-test',
    queues: { kind: 'single', name: QUEUE },
    resources: { numCpus: 1, memory: '1G', diskSpace: '20G' },
    transport: createHttpTransport(),
    environment: process.env,
  });
  const executor = await startLocalExecutor({
    instance,
    engine,
    journal,
    dispatch: dispatchOptions(frontendUrl),
    payloadHost: engine.program,
  });
  return {
    tokens,
    host: engine.program.reachedAs,
    said,
    run: async (steps, more = {}) => {
      const job = sandbox.rules.enqueue(QUEUE, {
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
      });
      while (!isFinished(job)) {
        if (job.token !== undefined) tokens.add(job.token);
        await sleep(5);
      }
      return job;
    },
    close: async () => {
      executor.abort();
      await executor.ended;
      await sandbox.close();
      rmSync(repository, { recursive: true });
    },
  };
}

function dispatchOptions(frontendUrl: string): DispatchOptions {
  return {
    frontendUrl,
    executorName: 'engine-test',
    limit: 4,
    relaunch: 'before-first-step',
    relaunchLimit: 0,
    spot: 'never',
    plan: {
      runnerImage: RUNNER_IMAGE,
      size: { cpuUnits: 1024, memoryMiB: 512, ephemeralStorageGiB: 20 },
      architecture: process.arch === 'arm64' ? 'ARM64' : 'X86_64',
      images: {},
      registrySecrets: {},
    },
    runtimeLimitMs: 120_000,
    pollMs: 50,
    launchRate: { burst: 100, perSecond: 100 },
    runner: { keepWorkspace: 'never', tlsVerify: true },
  };
}

/** What steps of a job printed, by log entry key. */
export function outputOf(job: SandboxJob, key: string): string {
  const entry = job.logs.find((log) => log.key === key);
  return entry?.out ?? '';
}

function makeRepository(folder: string): string {
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', folder, ...words], { encoding: 'utf8' }).trim();
  git('init', '-q', '-b', 'main');
  writeFileSync(path.join(folder, 'README.md'), 'hello\n');
  git('add', '.');
  git('-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '-q', '-m', 'first');
  git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  return git('rev-parse', 'HEAD');
}
