// Everything that one job needs around it, real where it can be: the loopback Sourcegraph, a git repository, a workspace
// folder and step containers that are host shells.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JobResult } from '#jobs/job-result.ts';
import type { Payload } from '#jobs/payload.ts';
import { runHostCommand } from '#runner/host-command.ts';
import { realClock } from '#runner/real-clock.ts';
import { runTask, type RunTask } from '#runner/run-task.ts';
import type { StepContainer } from '#runner/step-container.ts';
import { hostPaths } from '#runner/task-paths.ts';
import { type Job, JobSchema } from '#sourcegraph/job.ts';
import { makeRepository, SourcegraphServer, type StoredEntry } from './sourcegraph-server.ts';

export const JOB_TOKEN = 'f00dfeedf00dfeedf00dfeedf00dfeedf00dfeed';
const REPOSITORY = 'github.com/example/greetings';

/** Fields of a job, as an instance would send them. */
export type JobFields = Readonly<Record<string, unknown>>;

export interface Ran {
  readonly exitCode: number;
  readonly result: JobResult | undefined;
}

export class JobWorld {
  readonly root = mkdtempSync(path.join(tmpdir(), 'runner-test-'));
  readonly paths = hostPaths(path.join(this.root, 'task'), false);
  readonly server: SourcegraphServer;
  readonly said: string[] = [];
  readonly repository = REPOSITORY;
  commit = '';

  constructor(jobToken = JOB_TOKEN) {
    this.server = new SourcegraphServer({ jobToken, jobId: 42, repositories: path.join(this.root, 'repositories') });
  }

  async start(files: Readonly<Record<string, string>> = { 'README.md': 'hello\n' }): Promise<void> {
    await mkdir(this.paths.job, { recursive: true });
    await mkdir(path.join(this.root, 'repositories'), { recursive: true });
    this.commit = makeRepository(path.join(this.root, 'repositories'), REPOSITORY, files);
    await this.server.start();
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.root, { recursive: true, force: true });
  }

  job(fields: JobFields = {}): Job {
    return JobSchema.parse({
      version: 2,
      id: 42,
      token: JOB_TOKEN,
      repositoryName: REPOSITORY,
      repositoryDirectory: 'repository',
      commit: this.commit,
      shallowClone: true,
      ...fields,
    });
  }

  payload(job: Job, fields: Partial<Payload> = {}): Payload {
    return {
      v: 1,
      attempt: 'batches/42/000000000000/1',
      attemptNumber: 1,
      logEntries: 0,
      frontendUrl: this.server.url,
      executorName: 'executor-1',
      queue: 'batches',
      job,
      redactedValues: job.redactedValues,
      stepContainers: job.dockerSteps.map((_, stepIndex) => ({ container: 'shell', stepIndex })),
      runtimeLimitMs: 60_000,
      links: { result: `${this.server.url}/store/result` },
      forget: `${this.server.url}/store/payload`,
      options: { keepWorkspace: 'never', tlsVerify: true },
      ...fields,
    };
  }

  async run(payload: Payload, overrides: Partial<RunTask> = {}): Promise<Ran> {
    this.server.objects.set('/store/payload', JSON.stringify(payload));
    const exitCode = await runTask({
      payloadUrl: `${this.server.url}/store/payload`,
      paths: this.paths,
      clock: realClock,
      hostEnvironment: { PATH: process.env['PATH'] ?? '' },
      hostCommand: runHostCommand,
      openContainers: () => Promise.resolve(new Map([['shell', hostShell]])),
      stop: new AbortController().signal,
      kill: new AbortController().signal,
      say: (line) => this.said.push(line),
      ...overrides,
    });
    const stored = this.server.objects.get('/store/result');
    return { exitCode, result: stored === undefined ? undefined : (JSON.parse(stored) as JobResult) };
  }

  async until(condition: () => boolean): Promise<void> {
    for (let left = 250; left > 0 && !condition(); left--) await realClock.sleep(20);
  }

  entry(key: string): StoredEntry | undefined {
    return this.server.entries.find((entry) => entry.key === key);
  }

  /** Text of the entry with this key. */
  out(key: string): string {
    return this.entry(key)?.out ?? '';
  }

  /** Its lines of standard output, without their prefix. */
  stdout(key: string): string[] {
    const lines = this.out(key).split('\n');
    return lines.flatMap((line) => (line.startsWith('stdout: ') ? [line.slice('stdout: '.length)] : []));
  }

  /** A file in the world's root, for a program that takes it for its home. */
  writeHome(name: string, content: string): Promise<void> {
    return writeFile(path.join(this.root, name), content);
  }
}

/** Runs each step as a process group of this machine. */
export const hostShell: StepContainer = {
  name: 'shell',
  run: (step, output, signal) =>
    new Promise((resolve) => {
      const [program = '', ...args] = step.command;
      const child = spawn(program, args, {
        cwd: step.workingDirectory,
        env: { PATH: process.env['PATH'], ...step.environment },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      const kill = (): void => {
        try {
          process.kill(-(child.pid ?? 0), 'SIGKILL');
        } catch {
          // gone already
        }
      };
      signal.addEventListener('abort', kill);
      if (signal.aborted) kill();
      child.stdout.on('data', (bytes: Buffer) => output('stdout', bytes));
      child.stderr.on('data', (bytes: Buffer) => output('stderr', bytes));
      child.on('close', (exitCode) =>
        resolve(signal.aborted ? { kind: 'killed' } : { kind: 'exited', exitCode: exitCode ?? 137, oomKilled: false }),
      );
    }),
};
