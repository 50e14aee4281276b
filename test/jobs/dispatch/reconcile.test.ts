// What ECS shows, or fails to show, and what a dispatcher makes of it.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { attemptId } from '#jobs/keys.ts';
import { LIMITS } from '#jobs/limits.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import type { RunningTask } from '#jobs/world.ts';
import { recordIn, START, taskOf, TasksWorld } from './tasks-world.ts';

const MINUTE = 60;
const away = { kind: 'unreachable', message: 'no answer' } as const;
const starting = recordIn(1, { kind: 'starting', since: START, task: 'task-1' });
const running = recordIn(1, { kind: 'running', since: START, task: 'task-1' });
const stopping = recordIn(1, {
  ...{ kind: 'stopping', since: START, notBefore: START, task: 'task-1', why: 'the step-runner ended early' },
  then: { kind: 'decide' },
});

let world: TasksWorld;
beforeEach(() => {
  world = new TasksWorld();
});

const shows = (...tasks: readonly RunningTask[]): void => {
  world.ecs.list = () => Promise.resolve({ kind: 'listed', tasks });
};

describe('while ECS does not answer', () => {
  beforeEach(() => {
    world.ecs.list = () => Promise.resolve(away);
    world.ecs.describe = () => Promise.resolve(away);
    world.ecs.stop = () => Promise.resolve(away);
  });

  test('no task is given up that may well be at work', async () => {
    await world.keep(starting);
    await world.seconds(25 * MINUTE);
    expect(await world.stateOf(starting)).toEqual(starting.state);
    shows(taskOf(starting, 'task-1'));
    await world.seconds(MINUTE);
    expect(await world.stateOf(starting)).toMatchObject({ kind: 'running', task: 'task-1' });
  });

  test('a stop that nobody has heard of is no stop without an end', async () => {
    await world.keep(stopping);
    await world.seconds(40 * MINUTE);
    expect(await world.stateOf(stopping)).toMatchObject({ kind: 'stopping' });
  });

  test('the invocation looks failed', async () => {
    await world.keep(running);
    await world.seconds(2);
    expect(world.shift.troubles.summary).toBe('ListTasks: no answer');
    shows(taskOf(running, 'task-1'));
    await world.seconds(MINUTE);
    expect(world.shift.troubles.summary).toBe('');
  });
});

test('a task that ECS shows as not started in time is stopped', async () => {
  await world.keep(starting);
  shows(taskOf(starting, 'task-1', 'PENDING'));
  await world.seconds(LIMITS.launchMs / 1000);
  expect(world.stopped).toEqual([]);
  await world.seconds(MINUTE);
  expect(world.stopped).toContain('task-1');
});

describe('a runner past its time limit', () => {
  const limit = (running.runtimeLimitMs + LIMITS.deadlineGraceMs) / 1000;
  beforeEach(async () => {
    await world.keep(running);
    shows(taskOf(running, 'task-1'));
  });

  test('is stopped when Sourcegraph has answered since', async () => {
    await world.seconds(limit);
    world.shift.heartbeatAnsweredAt = world.shift.world.clock.now() + 1_000;
    await world.seconds(2);
    expect(world.stopped).toContain('task-1');
  });

  test('is left alone while Sourcegraph does not answer: it may be done, and wait to send its log', async () => {
    world.shift.heartbeatAnsweredAt = START;
    await world.seconds(limit + LIMITS.logPatienceMs / 1000 - MINUTE);
    expect(world.stopped).toEqual([]);
  });

  test('and is stopped all the same when it must have lost its patience', async () => {
    await world.seconds(limit + LIMITS.logPatienceMs / 1000 + MINUTE);
    expect(world.stopped).toContain('task-1');
  });
});

test('a stop that ECS took and never confirmed has its end', async () => {
  await world.keep(stopping);
  shows(taskOf(stopping, 'task-1'));
  await world.seconds(LIMITS.stopMs / 1000 + MINUTE);
  expect(await world.stateOf(stopping)).toMatchObject({ kind: 'finished', outcome: { kind: 'errored' } });
});

describe('a task that ECS has shown, and then lacks', () => {
  test('in one answer is not lost', async () => {
    await world.keep(running);
    let looks = 0;
    const present = taskOf(running, 'task-1');
    world.ecs.describe = () => Promise.resolve({ kind: 'described', tasks: looks++ % 2 === 0 ? [] : [present] });
    await world.seconds(20 * MINUTE);
    expect(looks).toBeGreaterThan(20);
    expect(world.sent).toEqual([]);
  });

  test('for good is told as stopped', async () => {
    await world.keep(running);
    await world.seconds(LIMITS.visibilityMs / 1000 - 1);
    expect(world.sent).toEqual([]);
    await world.seconds(2 * MINUTE);
    expect(world.sent).toContainEqual({
      kind: 'task-stopped',
      stopped: expect.objectContaining({ task: 'task-1', stoppedReason: 'ECS no longer knows the task' }),
    });
  });
});

test('one look at a time, however slow ECS is', async () => {
  await world.keep(starting);
  let waiting = 0;
  let most = 0;
  world.ecs.list = () => {
    waiting += 1;
    most = Math.max(most, waiting);
    return new Promise(() => undefined);
  };
  await world.seconds(5 * MINUTE);
  expect(most).toBe(1);
});

describe('while looks at the tasks are throttled', () => {
  const throttled = { kind: 'throttled', message: 'Rate exceeded' } as const;

  test('once, nothing is told', async () => {
    await world.keep(running);
    world.ecs.list = () => Promise.resolve(throttled);
    await world.seconds(2);
    expect(world.metrics).toContain('Throttles');
    expect(world.shift.troubles.summary).toBe('');
  });

  test.each(['list', 'describe'] as const)('at %s for most of a turn, the invocation looks failed', async (call) => {
    await world.keep(running);
    world.ecs[call] = () => Promise.resolve(throttled);
    await world.seconds(58);
    expect(world.shift.troubles.summary).toMatch(/^(ListTasks|DescribeTasks): Rate exceeded$/);
    shows(taskOf(running, 'task-1'));
    await world.seconds(MINUTE);
    expect(world.shift.troubles.summary).toBe('');
  });

  test('now and then, nothing is told', async () => {
    await world.keep(starting);
    let looks = 0;
    world.ecs.list = () =>
      Promise.resolve(
        looks++ % 2 === 0 ? throttled : { kind: 'listed', tasks: [taskOf(starting, 'task-1', 'PENDING')] },
      );
    await world.seconds(58);
    expect(looks).toBeGreaterThan(5);
    expect(world.shift.troubles.summary).toBe('');
  });
});

test('what could not be passed on was not looked at', async () => {
  const ended: TaskStopped = {
    ...{ task: 'task-1', attempt: attemptId(stopping.key, stopping.attempt), stoppedReason: 'stopped', containers: [] },
    ...{ version: 1, stoppedAt: START, spot: false },
  };
  const stopped = { ...taskOf(stopping, 'task-1'), status: 'STOPPED', stopped: ended } as const;
  await world.keep(stopping);
  world.ecs.describe = () => Promise.resolve({ kind: 'described', tasks: [stopped] });
  world.queue = () => Promise.resolve({ kind: 'unreachable', message: 'no answer' });
  await world.seconds(LIMITS.stopMs / 1000 + MINUTE);
  expect(await world.stateOf(stopping)).toMatchObject({ kind: 'stopping' });
  expect(world.shift.troubles.summary).toBe('SendMessage: no answer');
  world.queue = () => Promise.resolve('sent');
  await world.seconds(MINUTE);
  expect(world.shift.troubles.summary).toBe('');
  expect(await world.stateOf(stopping)).toMatchObject({ kind: 'finished' });
});

describe('the second look at a task that ECS lacks', () => {
  test('is one at a time, and is made again when its message was not taken', async () => {
    await world.keep(starting);
    world.queue = () => Promise.resolve({ kind: 'unreachable', message: 'no answer' });
    await world.seconds(LIMITS.visibilityMs / 1000);
    expect(world.sent).toEqual([]);
    // Others look meanwhile, every few seconds, and miss the task as well.
    await world.seconds((2 * (LIMITS.lookAgainMs + LIMITS.reconcileFastMs)) / 1000 + 2);
    expect(world.sent.length).toBe(2);
  });

  test('that fails is told', async () => {
    await world.keep(running);
    await world.seconds(LIMITS.visibilityMs / 1000 + 1);
    world.ecs.describe = () => Promise.reject(new Error('a bug'));
    await world.seconds(LIMITS.lookAgainMs / 1000);
    expect(world.shift.troubles.summary).toContain('a bug');
  });
});
