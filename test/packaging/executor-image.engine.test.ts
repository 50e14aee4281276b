// The executor's own image, started as its documentation says, against a sandbox Sourcegraph on the machine.
import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxJob } from '#local/sandbox/jobs.ts';
import { openSandboxJobs, outputOf, QUEUE, type SandboxJobs } from '../engines/sandbox-jobs.ts';

const IMAGE = 'test/executor:1';
const BUSYBOX = 'test/busybox:1';
const NAME = 'sourcegraph-executor';
const SOCKET = (process.env['DOCKER_HOST'] ?? '').replace('unix://', '');

const docker = (...words: string[]): string => execFileSync('docker', words, { encoding: 'utf8' }).trim();
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const hasImage = docker('images', '-q', IMAGE) !== '';

(hasImage ? describe : describe.skip)("the executor's image", () => {
  let jobs: SandboxJobs;
  beforeAll(async () => {
    const gateway = docker('network', 'inspect', 'bridge', '-f', '{{(index .IPAM.Config 0).Gateway}}');
    jobs = await openSandboxJobs(gateway);
  });
  afterAll(() => jobs.close());
  afterEach(() => {
    docker('rm', '-fv', NAME);
    const left = lines(docker('ps', '-aq'));
    if (left.length > 0) docker('rm', '-fv', ...left);
  });

  /** The first documented command; `more` makes it the second. */
  function start(...more: string[]): void {
    docker(
      ...['run', '-d', '--name', NAME, '--restart', 'always'],
      ...['-e', `EXECUTOR_FRONTEND_URL=${jobs.sandbox.url}`],
      ...['-e', `EXECUTOR_FRONTEND_PASSWORD=${jobs.sandbox.accessToken}`],
      ...['-e', `EXECUTOR_QUEUE_NAME=${QUEUE}`, '-e', 'EXECUTOR_QUEUE_POLL_INTERVAL=100ms'],
      ...['-e', 'EXECUTOR_JOB_MEMORY=512M', '-e', 'EXECUTOR_JOB_NUM_CPUS=1'],
      ...[...more, IMAGE],
    );
  }
  const startOnEngine = (...more: string[]): void => start('-v', `${SOCKET}:/var/run/docker.sock`, ...more);
  const log = (): string => execFileSync('sh', ['-c', `docker logs ${NAME} 2>&1`], { encoding: 'utf8' });
  /** Of tasks, not the executor's own. */
  const taskContainers = (): string[] =>
    lines(docker('ps', '-aq', '--no-trunc', '--filter', 'label=com.sourcegraph.executor.task'));
  const taskVolumes = (): string[] =>
    lines(docker('volume', 'ls', '-q', '--filter', 'label=com.sourcegraph.executor.task'));

  async function stepRuns(job: SandboxJob): Promise<void> {
    while (!outputOf(job, 'step.docker.step-0').includes('begun')) await sleep(20);
  }
  async function nothingIsLeft(): Promise<void> {
    while (taskContainers().length + taskVolumes().length > 0) await sleep(50);
  }
  const waits = { image: BUSYBOX, commands: ['echo begun', 'until [ -e go ]; do sleep 0.1; done', 'cat README.md'] };
  function letGo(): void {
    const step = lines(docker('ps', '-q', '--filter', 'label=com.sourcegraph.executor.container=step-0'));
    for (const container of step) docker('exec', container, 'touch', '/job/go');
  }

  test('alone, its steps are processes of its container, and it says what that does not isolate', async () => {
    start();
    const job = await jobs.finished(jobs.enqueue([{ image: BUSYBOX, commands: ['cat README.md', 'node --version'] }]));
    expect([job.state, job.failureMessage]).toEqual(['completed', undefined]);
    expect(outputOf(job, 'step.docker.step-0')).toMatch(/stdout: hello[\s\S]*stdout: v\d+/);
    expect(log()).toMatch(/engine process: Steps run as processes of this machine: not isolated/);
  }, 60_000);

  test('with the socket, its jobs are containers beside it, without a secret in what the engine shows', async () => {
    startOnEngine();
    const job = jobs.enqueue([waits, { image: 'test/user:1', commands: ['id -u', 'cat /job/../etc/passwd'] }]);
    await stepRuns(job);
    const shown = docker('inspect', ...taskContainers());
    expect(taskContainers()).toHaveLength(3);
    for (const token of [jobs.sandbox.accessToken, job.token ?? 'none'])
      expect(`${shown}${docker('logs', taskContainers()[0] ?? '')}`).not.toContain(token);
    letGo();
    await jobs.finished(job);
    expect([job.state, job.failureMessage]).toEqual(['completed', undefined]);
    expect(outputOf(job, 'step.docker.step-1')).toContain('stdout: 1000');
    expect(log()).toMatch(/engine docker: Steps run in containers/);
    await nothingIsLeft();
  }, 60_000);

  test('`docker restart` lets the running job end and goes on with the next', async () => {
    startOnEngine();
    const job = jobs.enqueue([waits]);
    await stepRuns(job);
    const restarting = sleep(500).then(letGo);
    docker('restart', '-t', '30', NAME);
    await restarting;
    await jobs.finished(job);
    expect(job).toMatchObject({ state: 'completed', dequeues: 1, marks: 1 });
    const next = await jobs.finished(jobs.enqueue([{ image: BUSYBOX, commands: ['true'] }]));
    expect(next).toMatchObject({ state: 'completed', dequeues: 1 });
  }, 60_000);

  test.each([
    [
      'killed',
      () => process.kill(Number(docker('inspect', '-f', '{{.State.Pid}}', NAME)), 'SIGKILL'),
      'is started anew by the engine',
    ],
    [
      'removed',
      () => {
        docker('rm', '-f', NAME);
        startOnEngine();
      },
      'and started again',
    ],
  ])(
    '%s in the middle of a step, its successor removes the task and loses no job',
    async (_, end) => {
      startOnEngine();
      const job = jobs.enqueue([waits]);
      await stepRuns(job);
      const before = taskContainers();
      end();
      while (taskContainers().some((container) => before.includes(container))) await sleep(50);
      // The instance gives the job out again after 25 s without a heartbeat.
      while (job.dequeues < 2) await sleep(50);
      while (lines(docker('ps', '-q', '--filter', 'label=com.sourcegraph.executor.container=step-0')).length === 0)
        await sleep(50);
      while (!outputOf(job, 'step.docker.step-0').includes('begun')) await sleep(50);
      letGo();
      await jobs.finished(job);
      expect(job).toMatchObject({ state: 'completed', dequeues: 2, marks: 1 });
      await nothingIsLeft();
    },
    90_000,
  );

  test('a mistake in its settings is told, and the container ends with exit code 2', () => {
    const wrong = () => docker('run', '--rm', '-e', 'EXECUTOR_FRONTEND_URL=sourcegraph.example.com', IMAGE);
    expect(wrong).toThrow(
      expect.objectContaining({ status: 2, stdout: expect.stringMatching(/EXECUTOR_FRONTEND_URL/) }),
    );
  });

  test('without an instance it runs the example', () => {
    const out = docker('run', '--rm', '--network', 'none', IMAGE, '--quiet');
    expect(out).toMatch(/All 3 workspace\(s\) completed/);
  }, 60_000);
});
