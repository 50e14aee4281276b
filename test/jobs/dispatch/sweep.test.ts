// A task that no job stands behind is stopped; one that a job stands behind never is, however late or wrong a look was.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { LIMITS } from '#jobs/limits.ts';
import type { LaunchAnswer, RunningTask } from '#jobs/world.ts';
import { launchingRecord, recordIn, START, taskOf, TasksWorld } from './tasks-world.ts';

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

describe('in a pool whose dispatchers go home when they are idle', () => {
  const denied = { kind: 'unreachable', message: 'AccessDeniedException: not authorized to perform' } as const;

  test('an orphan is stopped within one turn, and then nobody stays for it', async () => {
    runs(taskOf(record, 'task-1'));
    const stop = world.ecs.stop;
    world.ecs.stop = (...asked) => {
      runs();
      return stop(...asked);
    };
    const home = await world.turn(TURN_SECONDS);
    expect(world.stopped).toEqual(['task-1']);
    expect(home).toBeLessThanOrEqual(LIMITS.orphanGraceMs / 1000 + 5);
  });

  test('nobody stays for a task that ends by itself', async () => {
    runs(taskOf(record, 'task-1'));
    const turn = world.turn(TURN_SECONDS);
    setImmediate(() => runs());
    expect(await turn).toBeLessThanOrEqual(LIMITS.reconcileFastMs / 1000 + 3);
    expect(world.stopped).toEqual([]);
  });

  test('with nothing that runs it goes home after the first look', async () => {
    expect(await world.turn(TURN_SECONDS)).toBe(2);
  });

  test('and as soon when that look fails', async () => {
    world.ecs.list = () => Promise.resolve(denied);
    expect(await world.turn(TURN_SECONDS)).toBe(2);
  });

  test('a look without an end holds nobody for long', async () => {
    world.ecs.list = () => new Promise(() => undefined);
    expect(await world.turn(TURN_SECONDS)).toBe(LIMITS.callTimeoutMs / 1000 + 1);
  });

  test('nor does an orphan that may not be stopped, and the invocation looks failed', async () => {
    runs(taskOf(record, 'task-1'));
    world.ecs.stop = () => Promise.resolve(denied);
    expect(await world.turn(2 * TURN_SECONDS)).toBeLessThanOrEqual(LIMITS.sweepStayMs / 1000 + 2);
    expect(world.shift.troubles.summary).toBe(`StopTask: ${denied.message}`);
  });
});

describe('two tasks of one attempt, because a refused launch came through after all', () => {
  const launching = launchingRecord();
  const named = { ...launching, state: { kind: 'starting', since: START, task: 'task-2' } } as const;
  const throttled = { kind: 'throttled', message: 'Rate exceeded' } as const;
  /** Another dispatcher was refused, asked anew and got the second task. */
  const overtake = async (): Promise<void> => {
    const stored = await world.jobs.get(launching.key);
    if (stored === 'none') throw new Error('no record');
    await world.jobs.change(launching.key, stored.seen, named);
  };

  test.each([
    [['task-1', 'task-2'], 'first'],
    [['task-2', 'task-1'], 'last'],
  ])('%j: the one that the record names is kept, though it is listed %s', async (order) => {
    await world.keep(named);
    runs(...order.map((task) => taskOf(named, task, task === 'task-2' ? 'PENDING' : 'RUNNING')));
    await world.seconds(TURN_SECONDS);
    expect(new Set(world.stopped)).toEqual(new Set(['task-1']));
    expect(await world.stateOf(named)).toEqual(named.state);
  });

  test('a throttled stop of the superfluous one is made up for', async () => {
    let hears: (answer: LaunchAnswer) => void = () => undefined;
    world.ecs.launch = () => new Promise((resolve) => (hears = resolve));
    await world.keep(launching);
    await world.seconds(3);
    await overtake();
    const stop = world.ecs.stop;
    world.ecs.stop = () => Promise.resolve(throttled);
    hears({ kind: 'started', task: 'task-1' });
    runs(taskOf(named, 'task-1'), taskOf(named, 'task-2', 'PENDING'));
    await world.seconds(1);
    expect(world.metrics).toContain('Throttles');
    world.ecs.stop = stop;
    await world.seconds(TURN_SECONDS);
    expect(new Set(world.stopped)).toEqual(new Set(['task-1']));
  });

  test('one that is refused is told', async () => {
    let hears: (answer: LaunchAnswer) => void = () => undefined;
    world.ecs.launch = () => new Promise((resolve) => (hears = resolve));
    await world.keep(launching);
    await world.seconds(3);
    await overtake();
    world.ecs.stop = () => Promise.resolve({ kind: 'unreachable', message: 'no answer' });
    hears({ kind: 'started', task: 'task-1' });
    runs(taskOf(named, 'task-1'), taskOf(named, 'task-2', 'PENDING'));
    await world.seconds(1);
    expect(world.shift.troubles.summary).toBe('StopTask: no answer');
  });

  test('of a record that names none, neither is stopped', async () => {
    const outcome = { kind: 'completed' } as const;
    await world.keep({ ...launching, state: { kind: 'finished', since: START, notBefore: START, outcome, tries: 0 } });
    runs(taskOf(launching, 'task-1'), taskOf(launching, 'task-2'));
    await world.seconds(2 * TURN_SECONDS);
    expect(world.stopped).toEqual([]);
  });
});
