// What every engine promises, whatever it runs containers with: ECS's rules for tasks of one essential container and
// others beside it. The step-runner is a shell script here, taken from its environment.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import type { Engine } from '#local/engines/engine.ts';
import { scriptedTask, type TaskScripts } from './scripted-task.ts';

export interface EngineUnderTest {
  readonly engine: Engine;
  /** An image with a shell, `sleep`, `setsid` and `env`; engines without images ignore it. */
  readonly image: string;
  /** Starts a program that starts one task running `sleep` with this argument, and kills that program with SIGKILL. */
  orphan(sleepArgument: string): Promise<void>;
  readonly close: () => Promise<void>;
}

/** A number of seconds that no other process sleeps. */
const uniqueSleep = (): string => `9${randomBytes(3).readUIntBE(0, 3)}.25`;

/** Processes of this machine with such an argument. */
export function processesWith(argument: string): string[] {
  const all = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' }).split('\n');
  return all.filter((line) => line.includes(`sleep ${argument}`) && !line.startsWith('Z'));
}

export function describeEngine(name: string, make: () => Promise<EngineUnderTest>): void {
  describe(name, () => {
    let under: EngineUnderTest;
    const stops: TaskStopped[] = [];
    beforeAll(async () => {
      under = await make();
      under.engine.onStopped((stopped) => stops.push(stopped));
    }, 60_000);
    afterAll(() => under.close());

    let starters = 0;
    async function start(scripts: TaskScripts, startedBy = `attempt-${(starters += 1)}`): Promise<string> {
      const answer = await under.engine.start({ ...scriptedTask(scripts, under.image), startedBy });
      if (answer.kind !== 'started') throw new Error(answer.message);
      return answer.task;
    }
    async function stopOf(task: string): Promise<TaskStopped> {
      for (;;) {
        const found = stops.find((stopped) => stopped.task === task);
        if (found !== undefined) return found;
        await sleep(5);
      }
    }
    const run = async (scripts: TaskScripts): Promise<TaskStopped> => stopOf(await start(scripts));
    const exitCodes = (stopped: TaskStopped): Record<string, number | undefined> =>
      Object.fromEntries(stopped.containers.map((container) => [container.name, container.exitCode]));

    test.each([0, 10, 137])('the essential container ends the task, exit code %i', async (code) => {
      const before = Date.now();
      const task = await start({ runner: `exit ${code}` }, `attempt-exit-${code}`);
      const stopped = await stopOf(task);
      expect(stopped).toMatchObject({
        attempt: `attempt-exit-${code}`,
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        spot: false,
      });
      expect(exitCodes(stopped)).toEqual({ [RUNNER_CONTAINER]: code });
      for (const at of [stopped.createdAt, stopped.startedAt, stopped.stoppedAt]) {
        expect(at).toBeGreaterThanOrEqual(before);
      }
    });

    test('a container that is not essential ends without ending the task, and they share the workspace', async () => {
      // The pipe ends when the step has, however long that takes.
      const stopped = await run({
        runner:
          'mkfifo "$job/from-step"; cat < "$job/from-step" > "$job/read"; sleep 0.4; read -r word < "$job/read"; [ "$word" = hello ] && exit 11',
        steps: ['wait_for "$job/from-step"; exec 3> "$job/from-step"; echo hello >&3; exit 3'],
      });
      expect(exitCodes(stopped)).toEqual({ [RUNNER_CONTAINER]: 11, 'step-0': 3 });
    });

    test('what still runs when the essential container ends is killed before anybody is told', async () => {
      const argument = uniqueSleep();
      const stopped = await run({
        runner: `setsid sleep ${argument} & wait_for "$job/ready"; exit 0`,
        steps: [`trap '' TERM HUP; (setsid sleep ${argument} &) ; echo > "$job/ready"; sleep ${argument}`],
      });
      expect(processesWith(argument)).toEqual([]);
      expect(exitCodes(stopped)).toEqual({ [RUNNER_CONTAINER]: 0, 'step-0': 137 });
    });

    test('each container has its own environment, and only the runner that of the task', async () => {
      const stopped = await run({
        runner: 'wait_for "$job/told"; read -r told < "$job/told"; exit "$told$OWN"',
        steps: [
          '[ "$OWN" = "of step 0" ] && [ -z "$TEST_SCRIPT" ]; echo "2$?" > "$job/new"; mv "$job/new" "$job/told"; sleep 9',
        ],
      });
      expect(exitCodes(stopped)[RUNNER_CONTAINER]).toBe(20);
    });

    test('the runner writes into the control volume of each step container', async () => {
      const control = '${EXECUTOR_TASK_ROOT}/control';
      const own = '${EXECUTOR_CONTROL:-/control}';
      const told = (index: number): string => `wait_for "$job/${index}"; read -r code_${index} < "$job/${index}";`;
      const stopped = await run({
        runner: `echo one > ${control}/step-0/given; echo two > ${control}/step-1/given; ${told(0)} ${told(1)} exit "2$code_0$code_1"`,
        steps: ['one', 'two'].map(
          (word, index) =>
            `until read -r given < ${own}/given; do sleep 0.01; done; [ "$given" = ${word} ]; echo $? > "$job/new${index}"; mv "$job/new${index}" "$job/${index}"; sleep 9`,
        ),
      });
      expect(exitCodes(stopped)[RUNNER_CONTAINER]).toBe(200);
    });

    test('stop: SIGTERM first, and who asked is the reason', async () => {
      const argument = uniqueSleep();
      const task = await start({
        runner: `trap 'exit 14' TERM; sleep ${argument} & wait`,
        steps: ['exec sleep 1000'],
      });
      while (processesWith(argument).length === 0) await sleep(5);
      expect(await under.engine.stop(task, 'the job was cancelled')).toBe('stopping');
      expect(await under.engine.stop(task, 'once more')).toBe('stopping');
      const stopped = await stopOf(task);
      expect(stopped).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'the job was cancelled' });
      expect(exitCodes(stopped)[RUNNER_CONTAINER]).toBe(14);
      expect(await under.engine.stop(task, 'after its end')).toBe('stopping');
    });

    test('stop: SIGKILL after the stop timeout', async () => {
      const argument = uniqueSleep();
      const task = await start({ runner: `trap '' TERM; sleep ${argument}`, stopTimeoutSeconds: 1 });
      while (processesWith(argument).length === 0) await sleep(5);
      const before = Date.now();
      await under.engine.stop(task, 'too late');
      expect(exitCodes(await stopOf(task))).toEqual({ [RUNNER_CONTAINER]: 137 });
      expect(Date.now() - before).toBeGreaterThanOrEqual(990);
    });

    test('stop right after the start, before anything runs', async () => {
      const task = await start({ runner: 'sleep 1000', stopTimeoutSeconds: 1 });
      await under.engine.stop(task, 'changed my mind');
      expect(await stopOf(task)).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'changed my mind' });
    });

    test('stop of a task that is not known', async () => {
      expect(await under.engine.stop('no-such-task', 'why not')).toBe('unknown');
    });

    test('two starts of one attempt are one task, told once', async () => {
      const scripts = { runner: 'sleep 0.1; exit 10' };
      const [first, second] = await Promise.all([start(scripts, 'twin'), start(scripts, 'twin')]);
      expect(second).toBe(first);
      await stopOf(first);
      expect(await start(scripts, 'twin')).toBe(first);
      expect(stops.filter(({ attempt }) => attempt === 'twin')).toHaveLength(1);
    });

    test('the list tells of a task from its start to its stop', async () => {
      const task = await start({ runner: 'sleep 1000', stopTimeoutSeconds: 1 });
      expect((await listed(task))?.status).toMatch(/PENDING|RUNNING/);
      await running(task);
      await under.engine.stop(task, 'seen running');
      const stopped = await stopOf(task);
      expect(await listed(task)).toMatchObject({ status: 'STOPPED', stopped });
    });

    test('a listener that has gone is told nothing', async () => {
      const told: string[] = [];
      const leave = under.engine.onStopped(({ task }) => told.push(task));
      const first = await start({ runner: 'exit 0' });
      await stopOf(first);
      leave();
      await run({ runner: 'exit 0' });
      expect(told).toEqual([first]);
    });

    test('eight tasks at once end as themselves', async () => {
      const codes = [20, 21, 22, 23, 24, 25, 26, 27];
      const ends = await Promise.all(codes.map((code) => run({ runner: `exit ${code}`, steps: ['sleep 1000'] })));
      expect(ends.map((end) => exitCodes(end)[RUNNER_CONTAINER])).toEqual(codes);
    }, 60_000);

    test('tasks of a dead program: nothing of them runs, what is left of them is removed', async () => {
      const argument = uniqueSleep();
      await under.orphan(argument);
      expect(await under.engine.removeOrphans()).toBe(1);
      expect(processesWith(argument)).toEqual([]);
      expect(await under.engine.removeOrphans()).toBe(0);
    }, 60_000);

    test('close kills what runs and waits for its end', async () => {
      const other = await make();
      const argument = uniqueSleep();
      const answer = await other.engine.start({
        ...scriptedTask({ runner: `trap '' TERM; sleep ${argument}`, steps: [`sleep ${argument}`] }, other.image),
        startedBy: 'closed',
      });
      const told: string[] = [];
      other.engine.onStopped(({ task }) => told.push(task));
      while (processesWith(argument).length === 0) await sleep(10);
      await other.close();
      expect(processesWith(argument)).toEqual([]);
      expect(answer).toEqual({ kind: 'started', task: told[0] });
    }, 60_000);

    async function listed(task: string) {
      return (await under.engine.list()).find((one) => one.task === task);
    }
    async function running(task: string): Promise<void> {
      while ((await listed(task))?.status === 'PENDING') await sleep(5);
    }
  });
}
