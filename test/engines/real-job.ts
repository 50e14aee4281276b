// Whole jobs on a real engine: the sandbox Sourcegraph, the dispatch and completion code, and the step-runner's own image.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
const QUEUES = [QUEUE, 'batches'];
export const REPOSITORY = 'github.com/acme/demo';

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
  /** Where the instance is, as steps reach it. */
  readonly frontendUrl: string;
  /** What a job asks for beside its steps; the commit is the repository's only one. */
  readonly commit: string;
  run(steps: readonly DockerStepWish[], more?: JobTemplate): Promise<SandboxJob>;
  /** Puts a job into a queue as it stands and waits for its end. */
  runTemplate(queue: string, template: JobTemplate): Promise<SandboxJob>;
  close(): Promise<void>;
}

export interface RealJobsOptions {
  /** @default the one that the suites have made */
  readonly runnerImage?: string;
  /** Files of the repository. @default a README.md */
  readonly files?: Readonly<Record<string, string>>;
}

export async function openRealJobs(engine: DockerEngine, options: RealJobsOptions = {}): Promise<RealJobs> {
  const repository = mkdtempSync(path.join(tmpdir(), 'real-job-'));
  const commit = makeRepository(repository, options.files ?? { 'README.md': 'hello\n' });
  const sandbox = await startSandbox({
    queues: QUEUES,
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
    token: () => sandbox.accessToken,
    executorName: 'engine-test',
    queues: { kind: 'several', names: QUEUES },
    resources: { numCpus: 1, memory: '1G', diskSpace: '20G' },
    transport: createHttpTransport(),
    environment: process.env,
  });
  const executor = await startLocalExecutor({
    instance,
    executorToken: () => sandbox.accessToken,
    engine,
    journal,
    dispatch: dispatchOptions(frontendUrl, options.runnerImage ?? RUNNER_IMAGE),
    payloadHost: engine.program,
  });
  const runTemplate = async (queue: string, template: JobTemplate): Promise<SandboxJob> => {
    const job = sandbox.rules.enqueue(queue, template);
    while (!isFinished(job)) {
      if (job.token !== undefined) tokens.add(job.token);
      await sleep(5);
    }
    return job;
  };
  return {
    tokens,
    host: engine.program.reachedAs,
    said,
    frontendUrl,
    commit,
    runTemplate,
    run: (steps, more = {}) =>
      runTemplate(QUEUE, {
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
    close: async () => {
      executor.abort();
      await executor.ended;
      await sandbox.close();
      rmSync(repository, { recursive: true });
    },
  };
}

function dispatchOptions(frontendUrl: string, runnerImage: string): DispatchOptions {
  return {
    frontendUrl,
    executorName: 'engine-test',
    limit: 4,
    relaunch: 'before-first-step',
    relaunchLimit: 0,
    spot: 'never',
    plan: {
      runnerImage,
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
