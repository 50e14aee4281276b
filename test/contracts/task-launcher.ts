// What every TaskLauncher must do: one task for one client token, found again by its attempt, stopped when told to.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { attemptId, jobKey } from '#jobs/keys.ts';
import type { TaskDefinition } from '#jobs/task-definition.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import type { LaunchAnswer, LaunchRequest, RunningTask, TaskLauncher } from '#jobs/world.ts';

export interface TaskLauncherUnderTest {
  readonly launcher: TaskLauncher;
  /** A definition whose tasks run until they are stopped. */
  readonly definition: TaskDefinition;
  /** Waits until something is so; time may be virtual. */
  eventually(what: () => Promise<boolean>): Promise<void>;
  /** Stopped events so far. */
  stopped(): readonly TaskStopped[];
  close(): Promise<void>;
}

export function describeTaskLauncher(name: string, make: () => Promise<TaskLauncherUnderTest>): void {
  describe(`TaskLauncher: ${name}`, () => {
    let world: TaskLauncherUnderTest;
    beforeEach(async () => {
      world = await make();
    });
    afterEach(() => world.close());

    async function request(jobId: number, attempt = 1): Promise<LaunchRequest> {
      const defined = await world.launcher.define(world.definition);
      if (defined.kind !== 'defined') throw new Error(`not defined: ${defined.kind}`);
      const id = attemptId(jobKey('batches', jobId, 'token'), attempt);
      return {
        attempt: id,
        clientToken: `token-${jobId}-${attempt}`,
        definition: defined.definition,
        payloadUrl: 'http://127.0.0.1:9/payload/none',
        capacity: 'on-demand',
        size: world.definition.size,
      };
    }

    async function started(launch: LaunchRequest): Promise<string> {
      const answer = await world.launcher.launch(launch);
      return startedTask(answer);
    }

    async function listed(): Promise<readonly RunningTask[]> {
      const answer = await world.launcher.list();
      if (answer.kind !== 'listed') throw new Error(`not listed: ${answer.kind}`);
      return answer.tasks;
    }

    test('the same definition has the same name, another one another', async () => {
      const one = await world.launcher.define(world.definition);
      expect(await world.launcher.define({ ...world.definition })).toEqual(one);
      const size = { ...world.definition.size, cpuUnits: 2048, memoryMiB: 4096 };
      expect(await world.launcher.define({ ...world.definition, size })).not.toEqual(one);
    });

    test('a launched task is in the list, by its attempt', async () => {
      const launch = await request(1);
      const task = await started(launch);
      await world.eventually(async () => (await listed()).some((one) => one.task === task));
      expect((await listed()).find((one) => one.task === task)?.startedBy).toBe(launch.attempt);
    });

    test('the same request again gives the same task, and no second one', async () => {
      const launch = await request(1);
      const task = await started(launch);
      expect(await started(launch)).toBe(task);
      await world.eventually(async () => (await listed()).length > 0);
      expect(await listed()).toHaveLength(1);
    });

    test('the same request twice at once gives one task', async () => {
      const launch = await request(1);
      const [one, other] = await Promise.all([world.launcher.launch(launch), world.launcher.launch(launch)]);
      expect(startedTask(one)).toBe(startedTask(other));
    });

    test('a definition that is not there: definition-gone', async () => {
      const launch = await request(1);
      const answer = await world.launcher.launch({ ...launch, definition: `${launch.definition}0` });
      expect(answer.kind).toBe('definition-gone');
    });

    test('a stopped task leaves the list, is told of once with its reason, and can still be described', async () => {
      const task = await started(await request(1));
      expect(await world.launcher.stop(task, 'cancelled in Sourcegraph')).toBe('stopping');
      await world.eventually(() => Promise.resolve(world.stopped().some((stopped) => stopped.task === task)));
      expect(await world.launcher.stop(task, 'again')).toMatch(/stopping|unknown/);
      expect((await listed()).some((one) => one.task === task)).toBe(false);
      const told = world.stopped().filter((stopped) => stopped.task === task);
      expect(told).toHaveLength(1);
      expect(told[0]).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'cancelled in Sourcegraph' });
      const described = await world.launcher.describe([task]);
      expect(described).toMatchObject({ kind: 'described', tasks: [{ task, status: 'STOPPED', stopped: { task } }] });
    });

    test('a task that never was: unknown to stop, missing when described', async () => {
      expect(await world.launcher.stop('no-such-task', 'why')).toBe('unknown');
      expect(await world.launcher.describe(['no-such-task'])).toEqual({ kind: 'described', tasks: [] });
    });
  });
}

function startedTask(answer: LaunchAnswer): string {
  if (answer.kind !== 'started') throw new Error(`not started: ${answer.kind}`);
  return answer.task;
}
