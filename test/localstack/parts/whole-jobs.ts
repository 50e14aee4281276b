// Whole jobs: from Sourcegraph by way of the deployed functions, queue, table and bucket to a real step-runner and back.
import { describe, expect, test } from '@jest/globals';
import { batchesJob, dockerJob, lastDiff, out } from '../../e2e/jobs.ts';
import type { UseStage } from '../stage.ts';
import { until } from '../until.ts';
import { RUNNER_IMAGE } from '../world.ts';

const MINUTE = 60_000;

export function wholeJobs(stage: UseStage): void {
  describe('a job', () => {
    test(
      'of a batch change goes the whole way, by its result alone',
      async () => {
        const { world } = stage();
        // Nobody is told that the task has stopped.
        world.ecs.faults.event('lost');
        const job = stage().enqueue('batches', batchesJob(world.commit, ['echo one >> README.md']));
        await stage().finish(job);
        expect(job).toMatchObject({ state: 'completed', marks: 1, dequeues: 1, resets: 0 });
        expect(lastDiff(job)).toContain('\n hello\n+one\n');
      },
      2 * MINUTE,
    );

    test('is launched with what the stack has made', async () => {
      const { deployed, world } = stage();
      const task = [...world.ecs.tasks.values()].at(-1);
      const images = task?.definition.containerDefinitions.map(({ image }) => image);
      expect(images).toEqual(expect.arrayContaining([RUNNER_IMAGE, 'public.ecr.aws/docker/library/alpine:3']));
      const role = await deployed.variable('dispatcher', 'executionRoleArn');
      expect(role).toMatch(/^arn:aws:iam::000000000000:role\//);
      expect(task?.definition.executionRoleArn).toBe(role);
      expect(task?.definition.cpu).toBe('1024');
      expect(task?.definition.memory).toBe('2048');
    });

    test(
      'whose step fails is marked with its exit code',
      async () => {
        const { world } = stage();
        const job = stage().enqueue(
          'codeintel',
          dockerJob(world.commit, [{ key: 'bad', commands: ['cat README.md; exit 7'] }]),
        );
        await stage().finish(job);
        expect(job).toMatchObject({ state: 'errored', marks: 1, dequeues: 1 });
        expect(job.failureMessage).toContain('exit code 7');
        expect(out(job, 'step.docker.bad')).toContain('stdout: hello');
      },
      2 * MINUTE,
    );

    test(
      'whose image cannot be pulled is marked with that reason, by the event of the stopped task',
      async () => {
        const { world } = stage();
        const stoppedReason = 'CannotPullContainerError: manifest unknown: alpine:3 not found';
        world.ecs.faults.start({ stoppedReason, containers: [{ name: 'step-0', reason: stoppedReason }] });
        const job = stage().enqueue('codeintel', dockerJob(world.commit, [{ key: 'never', commands: ['true'] }]));
        await stage().finish(job);
        expect(job).toMatchObject({ state: 'errored', marks: 1, dequeues: 1 });
        expect(job.failureMessage).toContain('an image of this job does not exist');
      },
      2 * MINUTE,
    );

    test(
      'leaves nothing in table and bucket, and no secret in a log',
      async () => {
        const { deployed, sandbox } = stage();
        const ours = async (): Promise<readonly string[]> =>
          (await deployed.leftovers()).filter((key) => !key.includes('0123456789ab'));
        await until('table and bucket are empty', 30, async () => (await ours()).length === 0);
        for (const part of ['dispatcher', 'completion'] as const) {
          const log = (await deployed.log(part)).join('\n');
          expect(log).not.toContain(sandbox.accessToken);
          expect(log).not.toContain('X-Amz-Signature');
        }
      },
      MINUTE,
    );
  });
}
