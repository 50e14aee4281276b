// Whole jobs on a real engine: the sandbox Sourcegraph, the dispatch and completion code, and the step-runner's own image.
import type { DispatchOptions } from '#jobs/options.ts';
import type { Journal } from '#jobs/world.ts';
import type { DockerEngine } from '#local/engines/docker/docker-engine.ts';
import { startLocalExecutor } from '#local/executor.ts';
import { connectInstance } from '#local/instance.ts';
import type { JobTemplate, SandboxJob } from '#local/sandbox/jobs.ts';
import { createHttpTransport } from '#sourcegraph/http.ts';
import { type DockerStepWish, openSandboxJobs, QUEUES } from './sandbox-jobs.ts';

export { type DockerStepWish, outputOf, REPOSITORY } from './sandbox-jobs.ts';

export const RUNNER_IMAGE = 'test/step-runner:1';

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
  const jobs = await openSandboxJobs(engine.program.listen, options.files);
  const { sandbox, tokens, commit } = jobs;
  const frontendUrl = sandbox.urlFor(engine.program.reachedAs);
  const said: string[] = [];
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
  return {
    tokens,
    host: engine.program.reachedAs,
    said,
    frontendUrl,
    commit,
    runTemplate: (queue, template) => jobs.finished(sandbox.rules.enqueue(queue, template)),
    run: (steps, more) => jobs.finished(jobs.enqueue(steps, more)),
    close: async () => {
      executor.abort();
      await executor.ended;
      await jobs.close();
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
