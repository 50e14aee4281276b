import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDockerEngine } from '#local/engines/docker/docker-engine.ts';
import { openRealJobs, outputOf, type RealJobs, RUNNER_IMAGE } from '../../../engines/real-job.ts';

const hasRunner = execFileSync('docker', ['images', '-q', RUNNER_IMAGE], { encoding: 'utf8' }) !== '';

(hasRunner ? describe : describe.skip)('a job on the docker engine', () => {
  let jobs: RealJobs;
  beforeAll(async () => {
    const opened = await openDockerEngine({ environment: process.env });
    if (opened.kind === 'unavailable') throw new Error(opened.message);
    jobs = await openRealJobs(opened.engine);
  }, 60_000);
  afterAll(() => jobs.close());

  test("its steps see the clone and one another's files, each in a fresh container of its own image", async () => {
    const job = await jobs.run([
      { image: 'test/busybox:1', commands: ['cat README.md', 'echo one > file', 'touch /only-here'] },
      { image: 'test/busybox:1', commands: ['cat file', 'ls /only-here || echo fresh', 'hostname > /dev/null'] },
      { image: 'test/user:1', commands: ['id -u', 'echo $FROM_IMAGE'] },
    ]);
    expect([job.state, job.failureMessage]).toEqual(['completed', undefined]);
    expect(outputOf(job, 'step.docker.step-0')).toContain('stdout: hello');
    expect(outputOf(job, 'step.docker.step-1')).toMatch(/stdout: one[\s\S]*stdout: fresh/);
    expect(outputOf(job, 'step.docker.step-2')).toMatch(/stdout: 1000[\s\S]*stdout: kept/);
  }, 60_000);

  test.each([
    ['no shell in the image', 'test/no-shell:1', /cannot run steps|working \/bin\/sh/],
    ['another architecture', 'test/foreign:1', /architecture/],
    ['no such image', 'registry.invalid/none:1', /pulled|exist/],
  ])(
    '%s is told in one sentence',
    async (_, image, sentence) => {
      const job = await jobs.run([{ image, commands: ['true'] }]);
      expect(job.state).toMatch(/failed|errored/);
      expect(`${job.failureMessage}`).toMatch(sentence);
    },
    60_000,
  );
});
