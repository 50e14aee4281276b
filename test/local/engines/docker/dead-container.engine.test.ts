// How soon a job learns that a step container is dead, and what it says: by the engine's own time of the death and the end
// of the step's log entry, which this machine's one clock tells, so that a loaded machine changes little.
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDockerEngine } from '#local/engines/docker/docker-engine.ts';
import { CONTAINER_LABEL } from '#local/engines/docker/labels.ts';
import type { SandboxJob } from '#local/sandbox/jobs.ts';
import { buildHostile } from '../../../attacks/hostile-image.ts';
import { openRealJobs, type RealJobs, RUNNER_IMAGE } from '../../../engines/real-job.ts';

const docker = (...words: string[]): string => execFileSync('docker', words, { encoding: 'utf8' }).trim();
const hasRunner = docker('images', '-q', RUNNER_IMAGE) !== '';

const NOTICED_WITHIN_MS = 2000;
const BUSYBOX = 'test/busybox:1';

(hasRunner ? describe : describe.skip)('a dead step container is noticed within 2 s', () => {
  let jobs: RealJobs;
  let begun = 0;
  beforeAll(async () => {
    const opened = await openDockerEngine({ environment: process.env });
    if (opened.kind === 'unavailable') throw new Error(opened.message);
    jobs = await openRealJobs(opened.engine);
  }, 60_000);
  afterAll(() => jobs.close());

  /** Runs steps of these images, which do not end by themselves but by /job/go. */
  function run(...images: readonly string[]): Promise<SandboxJob> {
    begun = Date.now();
    return jobs.run(images.map((image) => ({ image, commands: ['while [ ! -e /job/go ]; do sleep 0.02; done'] })));
  }

  test('killed while its step runs', async () => {
    const running = run(BUSYBOX);
    const container = await stepIsRunning('step-0');
    docker('kill', container);
    const job = await running;
    expect(job).toMatchObject({
      state: 'errored',
      failureMessage:
        'running command "step.docker.step-0": step container step-0 was lost: it ended while the step ran',
    });
    expect(noticedAfter(job, 'step-0', { died: diedAt('step-0', begun) })).toBeLessThan(NOTICED_WITHIN_MS);
  }, 60_000);

  test('killed while it waits for its turn', async () => {
    const running = run(BUSYBOX, BUSYBOX);
    const first = await stepIsRunning('step-0');
    docker('kill', containerOf('step-1'));
    docker('exec', first, 'touch', '/job/go');
    const job = await running;
    expect(job).toMatchObject({
      state: 'errored',
      failureMessage:
        'running command "step.docker.step-1": step container step-1 was lost: it ended before the step could start',
    });
    expect(noticedAfter(job, 'step-1', { died: diedAt('step-1', begun) })).toBeLessThan(NOTICED_WITHIN_MS);
  }, 60_000);

  test('ended while the step waits for it', async () => {
    buildHostile({ tag: 'test/slow-death:1', shell: 'sleep 3; exit 3' });
    const job = await run('test/slow-death:1');
    expect(job).toMatchObject({
      state: 'errored',
      failureMessage: expect.stringContaining(
        'step container step-0 was lost: it stopped with exit code 3 before it was ready',
      ) as unknown,
    });
    expect(noticedAfter(job, 'step-0', { died: diedAt('step-0', begun) })).toBeLessThan(NOTICED_WITHIN_MS);
  }, 60_000);

  test('out of memory', async () => {
    buildHostile({ tag: 'test/eats-memory:1', shell: 'x=$(head -c 2000000000 /dev/zero | tr "\\0" x)' });
    const job = await run('test/eats-memory:1');
    expect([job.state, job.failureMessage]).toEqual(['errored', expect.stringMatching(/step-0.*memory/)]);
    expect(noticedAfter(job, 'step-0', { died: diedAt('step-0', begun) })).toBeLessThan(NOTICED_WITHIN_MS);
  }, 60_000);

  test('of another architecture', async () => {
    const job = await run('test/foreign:1');
    expect([job.state, job.failureMessage]).toEqual(['errored', expect.stringMatching(/step-0.*architecture/)]);
    expect(noticedAfter(job, 'step-0', { died: diedAt('step-0', begun) })).toBeLessThan(NOTICED_WITHIN_MS);
  }, 60_000);

  test('without /bin/sh: it has never lived', async () => {
    const job = await run('test/no-shell:1');
    expect([job.state, job.failureMessage]).toEqual([
      'errored',
      expect.stringMatching(/step-0.*(?:cannot run steps|working \/bin\/sh)/),
    ]);
    expect(noticedAfter(job, 'step-0', { died: 0 })).toBeLessThan(NOTICED_WITHIN_MS);
  }, 60_000);
});

const containerOf = (name: string): string => docker('ps', '-q', '--filter', `label=${CONTAINER_LABEL}=${name}`);

/** Resolves to the container's ID. */
async function stepIsRunning(name: string): Promise<string> {
  for (;;) {
    const container = containerOf(name);
    if (container !== '' && docker('top', container).includes('/job/.sourcegraph-executor/')) return container;
    await sleep(20);
  }
}

/** When the engine saw the container of that name end, milliseconds since 1970; `since` likewise. */
function diedAt(name: string, since: number): number {
  const filters = ['--filter', 'event=die', '--filter', `label=${CONTAINER_LABEL}=${name}`];
  const range = ['--since', String(since / 1000), '--until', String(Date.now() / 1000)];
  const [died, ...more] = docker('events', ...range, ...filters, '--format', '{{.TimeNano}}').split('\n');
  expect([Number(died), more]).toEqual([expect.any(Number), []]);
  return Number(died) / 1e6;
}

/** Milliseconds from the death, or from when the step wanted its container, to the end of the step's log entry. */
function noticedAfter(job: SandboxJob, name: string, { died }: { readonly died: number }): number {
  const entry = job.logs.find(({ key }) => key === `step.docker.${name}`);
  if (entry?.durationMs === undefined)
    throw new Error(`the log entry of ${name} has no end: ${JSON.stringify(job.logs)}`);
  const wanted = Date.parse(entry.startTime);
  return wanted + entry.durationMs - Math.max(died, wanted);
}
