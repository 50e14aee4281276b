// A task that no job stands behind is stopped; one that a job stands behind never is, however late or wrong a look was.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { LIMITS } from '#jobs/limits.ts';
import type { RunningTask } from '#jobs/world.ts';
import { recordIn, START, taskOf, TasksWorld } from './tasks-world.ts';

/** Within one dispatcher's turn: others take over each minute. */
const TURN_SECONDS = 58;
const record = recordIn(1, { kind: 'running', since: START, task: 'task-1' });

let world: TasksWorld;
beforeEach(() => {
  world = new TasksWorld();
});

function runs(...tasks: readonly RunningTask[]): void {
  world.ecs.list = () => Promise.resolve({ kind: 'listed', tasks });
  world.ecs.describe = (names) =>
    Promise.resolve({ kind: 'described', tasks: tasks.filter(({ task }) => names.includes(task)) });
}

describe('a task without a record', () => {
  test('is stopped within one turn, and not before it has had the time to end by itself', async () => {
    runs(taskOf(record, 'task-1'));
    await world.seconds(LIMITS.orphanGraceMs / 1000);
    expect(world.stopped).toEqual([]);
    await world.seconds(TURN_SECONDS - LIMITS.orphanGraceMs / 1000);
    expect(world.stopped).toContain('task-1');
    expect(world.metrics).toContain('TasksSwept');
  });

  test('that has ended meanwhile is left alone', async () => {
    runs(taskOf(record, 'task-1'));
    await world.seconds(2);
    world.ecs.describe = () =>
      Promise.resolve({ kind: 'described', tasks: [{ ...taskOf(record, 'task-1'), status: 'STOPPED' }] });
    await world.seconds(TURN_SECONDS);
    expect(world.stopped).toEqual([]);
  });

  test('of an attempt before the present one is stopped', async () => {
    await world.keep({ ...record, attempt: 2, state: { kind: 'running', since: START, task: 'task-2' } });
    runs(taskOf(record, 'task-1'), taskOf({ ...record, attempt: 2 }, 'task-2'));
    await world.seconds(TURN_SECONDS);
    expect(new Set(world.stopped)).toEqual(new Set(['task-1']));
  });

  test('a hundred of them are stopped a few a second, and no more once ECS refuses', async () => {
    const orphans = Array.from({ length: 100 }, (_, id) => taskOf(recordIn(id + 1, record.state), `task-${id}`));
    runs(...orphans);
    await world.seconds(LIMITS.orphanGraceMs / 1000 + 1);
    let asked = 0;
    const perSecond: number[] = [];
    world.ecs.stop = () => {
      asked += 1;
      return Promise.resolve(asked > 12 ? { kind: 'throttled', message: 'Rate exceeded' } : 'stopping');
    };
    for (let second = 0; second < 4; second++) {
      const before = asked;
      await world.seconds(1);
      perSecond.push(asked - before);
    }
    expect(perSecond).toEqual([5, 5, 3, 1]);
  });
});

describe('is left alone: a task', () => {
  test.each<[string, string]>([
    ['that somebody else started', 'my-cron-job'],
    ['without a name', ''],
    ['whose name only begins as ours do', `${taskOf(record, 'x').startedBy}/2`],
  ])('%s', async (_title, startedBy) => {
    runs({ task: 'task-1', startedBy, status: 'RUNNING' });
    await world.seconds(3 * TURN_SECONDS);
    expect(world.stopped).toEqual([]);
  });

  test('whose record this version of the code cannot read', async () => {
    const read = world.jobs.inFlight.bind(world.jobs);
    world.jobs.inFlight = async () => ({ ...(await read()), unreadable: [record.key] });
    runs(taskOf(record, 'task-1'));
    await world.seconds(3 * TURN_SECONDS);
    expect(world.stopped).toEqual([]);
  });

  test('whose record was written after the round’s records were read, and whose list came late', async () => {
    const answers: ((tasks: readonly RunningTask[]) => void)[] = [];
    world.ecs.list = () => new Promise((resolve) => answers.push((tasks) => resolve({ kind: 'listed', tasks })));
    // Asked every few seconds before there was such a job, ECS answers one by one when its task runs already.
    const other = recordIn(2, { kind: 'starting', since: START, task: 'task-2' });
    await world.keep(other);
    await world.seconds(30);
    await world.keep(record);
    for (let second = 0; second < 3 * TURN_SECONDS; second++) {
      await world.seconds(1);
      if (second % 20 === 0) answers.shift()?.([taskOf(record, 'task-1'), taskOf(other, 'task-2', 'PENDING')]);
    }
    expect(world.stopped).toEqual([]);
  });

  test('whose launch another dispatcher makes while this one looks', async () => {
    // Found without a record, because it was looked for just before that was written.
    runs(taskOf(record, 'task-1'));
    await world.seconds(1);
    await world.keep(record);
    await world.seconds(3 * TURN_SECONDS);
    expect(world.stopped).toEqual([]);
  });
});
