// Whole jobs through the bundled handlers and the ECS endpoint, in containers: the task definition that AWS would get, as
// it was registered, is what the Docker engine runs.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDockerEngine } from '#local/engines/docker/docker-engine.ts';
import { RUNNER_IMAGE as LOCAL_RUNNER_IMAGE } from '../engines/real-job.ts';
import { deploy, type Deployment, RUNNER_IMAGE } from './deployment.ts';
import { batchesJob, dockerJob, lastDiff, out } from './jobs.ts';

const docker = (...words: string[]): string => execFileSync('docker', words, { encoding: 'utf8' }).trim();
/** The image of the jobs' steps. */
const ALPINE = 'alpine:3';
const hasRunner = docker('images', '-q', LOCAL_RUNNER_IMAGE) !== '';

(hasRunner ? describe : describe.skip)('a deployment whose tasks are containers', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    // The engine has them as if it had pulled them.
    docker('tag', LOCAL_RUNNER_IMAGE, RUNNER_IMAGE);
    docker('tag', 'test/busybox:1', ALPINE);
    // The doubles of AWS listen on this machine's loopback.
    const opened = await openDockerEngine({ environment: process.env, network: 'host' });
    if (opened.kind === 'unavailable') throw new Error(opened.message);
    deployment = await deploy({ engine: opened.engine });
  }, 120_000);
  afterAll(() => deployment.close());

  test('docker steps, a batches job and a step that fails', async () => {
    const { commit, dispatcher, ecs, sandbox } = deployment;
    const greeting = sandbox.rules.enqueue(
      'codeintel',
      dockerJob(commit, [
        { key: 'greet', commands: ['cat README.md', 'echo "$FROM_IMAGE by $PPID"', 'touch /only-here'] },
        { key: 'next', commands: ['ls /only-here || echo fresh'] },
      ]),
    );
    const change = sandbox.rules.enqueue(
      'batches',
      batchesJob(commit, ['echo one >> README.md', 'echo ${{ steps.modified_files }} >> README.md']),
    );
    const failing = sandbox.rules.enqueue('codeintel', dockerJob(commit, [{ key: 'bad', commands: ['exit 7'] }]));
    const invoked = dispatcher.invoke({ scheduledTime: new Date().toISOString() });
    await Promise.all([greeting, change, failing].map((job) => deployment.finished(job)));

    expect(greeting).toMatchObject({ state: 'completed', marks: 1 });
    // The image's own environment, and the step agent as the container's first process.
    expect(out(greeting, 'step.docker.greet')).toMatch(/stdout: hello[\s\S]*stdout: kept by 1\n?/);
    expect(out(greeting, 'step.docker.next')).toContain('stdout: fresh');
    expect(change).toMatchObject({ state: 'completed', marks: 1 });
    expect(lastDiff(change)).toContain('\n hello\n+one\n+[README.md]\n');
    expect(failing).toMatchObject({ state: 'errored', marks: 1 });
    expect(failing.failureMessage).toContain('exit code 7');

    expect(await invoked).toEqual({ kind: 'response', payload: { ended: 'idle' } });
    const images = [...ecs.tasks.values()].map(({ definition }) =>
      definition.containerDefinitions.map(({ image }) => image),
    );
    expect(new Set(images.flat())).toEqual(new Set([RUNNER_IMAGE, ALPINE]));
    expect([...ecs.tasks.values()].map(({ lastStatus, stopCode }) => [lastStatus, stopCode])).toEqual(
      Array(3).fill(['STOPPED', 'EssentialContainerExited']),
    );
  }, 120_000);
});
