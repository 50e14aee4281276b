// An invocation over whose calls ECS does not answer, or which it does not allow, looks failed: the schedule's own alarm then
// rings.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { recordIn, START, TasksWorld } from './tasks-world.ts';

const denied = { kind: 'unreachable', message: 'AccessDeniedException: not authorized to perform' } as const;
const stopping = recordIn(1, {
  ...{ kind: 'stopping', since: START, notBefore: START, task: 'task-1', why: 'cancelled in Sourcegraph' },
  then: { kind: 'forget', cause: 'cancelled' },
});

let world: TasksWorld;
beforeEach(() => {
  world = new TasksWorld();
});

describe('a stop that ECS does not allow', () => {
  beforeEach(async () => {
    world.ecs.stop = () => Promise.resolve(denied);
    await world.keep(stopping);
    await world.seconds(3);
  });

  test('makes the invocation look failed', () => {
    expect(world.shift.troubles.summary).toBe(`StopTask: ${denied.message}`);
  });

  test('is forgotten when a later one is taken', async () => {
    world.ecs.stop = () => Promise.resolve('stopping');
    await world.seconds(3);
    expect(world.shift.troubles.summary).toBe('');
  });

  test('is forgotten when nothing is to be stopped any more', async () => {
    await world.forget(stopping);
    await world.seconds(1);
    expect(world.shift.troubles.summary).toBe('');
  });

  test('a throttle is none', async () => {
    world.shift = world.newShift();
    world.ecs.stop = () => Promise.resolve({ kind: 'throttled', message: 'Rate exceeded' });
    await world.seconds(3);
    expect(world.shift.troubles.summary).toBe('');
    expect(world.metrics).toContain('Throttles');
  });
});

describe('with nothing in flight', () => {
  beforeEach(() => {
    world.shift.polled = 'empty';
    world.shift.pollAt = Infinity;
  });

  test('an unused task definition that may not be taken away makes the invocation look failed', async () => {
    world.ecs.retireDefinition = () => Promise.resolve(denied);
    await world.seconds(2);
    expect(world.shift.troubles.summary).toBe(`unused task definitions: ${denied.message}`);
    world.ecs.retireDefinition = () => Promise.resolve('retired');
    await world.seconds(10);
    expect(world.shift.troubles.summary).toBe('');
  });

  test('one whose removal fails unforeseen is told as well', async () => {
    world.ecs.retireDefinition = () => Promise.reject(new Error('a bug'));
    await world.seconds(2);
    expect(world.shift.troubles.summary).toContain('a bug');
  });
});
