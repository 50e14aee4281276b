// The executor's own image, started as its documentation says, against a sandbox Sourcegraph on the machine.
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxJob } from '#local/sandbox/jobs.ts';
import { openSandboxJobs, outputOf, QUEUE, type SandboxJobs } from '../engines/sandbox-jobs.ts';

const IMAGE = 'test/executor:1';
const BUSYBOX = 'test/busybox:1';
const NAME = 'sourcegraph-executor';
/** Its gateway is an address of the machine, by which containers of any bridge reach the sandbox. */
const NETWORK = 'instance';
const SOCKET = (process.env['DOCKER_HOST'] ?? '').replace('unix://', '');

// Not waiting in place: the sandbox answers in this process.
const docker = async (...words: string[]): Promise<string> =>
  (await promisify(execFile)('docker', words, { maxBuffer: 10_000_000 })).stdout.trim();
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const hasImage = execFileSync('docker', ['images', '-q', IMAGE], { encoding: 'utf8' }) !== '';

(hasImage ? describe : describe.skip)("the executor's image", () => {
  let jobs: SandboxJobs;
  beforeAll(async () => {
    await docker('network', 'create', NETWORK);
    jobs = await openSandboxJobs(
      await docker('network', 'inspect', NETWORK, '-f', '{{(index .IPAM.Config 0).Gateway}}'),
    );
  });
  afterAll(async () => {
    await jobs.close();
    await docker('network', 'rm', NETWORK);
  });
  afterEach(async () => {
    // The executor first; it may be removing others just now.
    await docker('rm', '-fv', NAME).catch(() => undefined);
    for (let left = lines(await docker('ps', '-aq')); left.length > 0; left = lines(await docker('ps', '-aq')))
      await docker('rm', '-fv', ...left).catch(() => undefined);
  });

  /** The first documented command; `more` makes it the second. */
  async function start(...more: string[]): Promise<void> {
    await docker(
      ...['run', '-d', '--name', NAME, '--restart', 'always'],
      ...['-e', `EXECUTOR_FRONTEND_URL=${jobs.sandbox.url}`],
      ...['-e', `EXECUTOR_FRONTEND_PASSWORD=${jobs.sandbox.accessToken}`],
      ...['-e', `EXECUTOR_QUEUE_NAME=${QUEUE}`, '-e', 'EXECUTOR_QUEUE_POLL_INTERVAL=100ms'],
      ...['-e', 'EXECUTOR_JOB_MEMORY=512M', '-e', 'EXECUTOR_JOB_NUM_CPUS=1'],
      ...[...more, IMAGE],
    );
  }
  const startOnEngine = (...more: string[]): Promise<void> => start('-v', `${SOCKET}:/var/run/docker.sock`, ...more);
  const log = async (): Promise<string> => {
    const { stdout, stderr } = await promisify(execFile)('docker', ['logs', NAME]);
    return stdout + stderr;
  };
  /** Of tasks, not the executor's own. */
  const taskContainers = async (): Promise<string[]> =>
    lines(await docker('ps', '-aq', '--no-trunc', '--filter', 'label=com.sourcegraph.executor.task'));
  const taskVolumes = async (): Promise<string[]> =>
    lines(await docker('volume', 'ls', '-q', '--filter', 'label=com.sourcegraph.executor.task'));

  async function stepRuns(job: SandboxJob): Promise<void> {
    while (!outputOf(job, 'step.docker.step-0').includes('begun')) await sleep(20);
  }
  async function nothingIsLeft(): Promise<void> {
    while ((await taskContainers()).length + (await taskVolumes()).length > 0) await sleep(50);
  }
  const waits = { image: BUSYBOX, commands: ['echo begun', 'until [ -e go ]; do sleep 0.1; done', 'cat README.md'] };
  const stepContainers = async (): Promise<string[]> =>
    lines(await docker('ps', '-q', '--filter', 'label=com.sourcegraph.executor.container=step-0'));
  async function letGo(): Promise<void> {
    for (const container of await stepContainers()) await docker('exec', container, 'touch', '/job/go');
  }

  test('alone, its steps are processes of its container, and it says what that does not isolate', async () => {
    await start();
    const job = await jobs.finished(jobs.enqueue([{ image: BUSYBOX, commands: ['cat README.md', 'node --version'] }]));
    expect([job.state, job.failureMessage]).toEqual(['completed', undefined]);
    expect(outputOf(job, 'step.docker.step-0')).toMatch(/stdout: hello[\s\S]*stdout: v\d+/);
    expect(await log()).toMatch(/engine process: Steps run as processes of this machine: not isolated/);
  }, 60_000);

  test('with the socket, its jobs are containers beside it, without a secret in what the engine shows', async () => {
    await startOnEngine();
    const job = jobs.enqueue([waits, { image: 'test/user:1', commands: ['id -u', 'cat /job/../etc/passwd'] }]);
    await stepRuns(job);
    const containers = await taskContainers();
    expect(containers).toHaveLength(3);
    const shown = (await docker('inspect', ...containers)) + (await docker('logs', containers[0] ?? ''));
    for (const token of [jobs.sandbox.accessToken, job.token ?? 'none']) expect(shown).not.toContain(token);
    await letGo();
    await jobs.finished(job);
    expect([job.state, job.failureMessage]).toEqual(['completed', undefined]);
    expect(outputOf(job, 'step.docker.step-1')).toContain('stdout: 1000');
    expect(await log()).toMatch(/engine docker: Steps run in containers/);
    await nothingIsLeft();
  }, 60_000);

  test('`docker restart` lets the running job end and goes on with the next', async () => {
    await startOnEngine();
    const job = jobs.enqueue([waits]);
    await stepRuns(job);
    const restarting = sleep(500).then(letGo);
    await docker('restart', '-t', '30', NAME);
    await restarting;
    await jobs.finished(job);
    expect(job).toMatchObject({ state: 'completed', dequeues: 1, marks: 1 });
    const next = await jobs.finished(jobs.enqueue([{ image: BUSYBOX, commands: ['true'] }]));
    expect(next).toMatchObject({ state: 'completed', dequeues: 1 });
  }, 60_000);

  test.each([
    ['killed', async () => void process.kill(Number(await docker('inspect', '-f', '{{.State.Pid}}', NAME)), 'SIGKILL')],
    [
      'removed',
      async () => {
        await docker('rm', '-f', NAME);
        await startOnEngine();
      },
    ],
  ])(
    '%s in the middle of a step, its successor removes the task and loses no job',
    async (_, end) => {
      await startOnEngine();
      const job = jobs.enqueue([waits]);
      await stepRuns(job);
      const before = await taskContainers();
      await end();
      while ((await taskContainers()).some((container) => before.includes(container))) await sleep(50);
      // The instance gives the job out again after 25 s without a heartbeat.
      while (job.dequeues < 2) await sleep(50);
      while ((await stepContainers()).length === 0) await sleep(50);
      await stepRuns(job);
      await letGo();
      await jobs.finished(job);
      expect(job).toMatchObject({ state: 'completed', dequeues: 2, marks: 1 });
      await nothingIsLeft();
    },
    90_000,
  );

  test('a mistake in its settings is told, and the container ends with exit code 2', async () => {
    const wrong = docker('run', '--rm', '-e', 'EXECUTOR_FRONTEND_URL=sourcegraph.example.com', IMAGE);
    await expect(wrong).rejects.toMatchObject({ code: 2, stdout: expect.stringMatching(/^EXECUTOR_FRONTEND_URL: /) });
  });

  test('without an instance it runs the example', async () => {
    const out = await docker('run', '--rm', '--network', 'none', IMAGE, '--quiet');
    expect(out).toMatch(/3 workspaces completed on the process engine/);
  }, 60_000);
});
