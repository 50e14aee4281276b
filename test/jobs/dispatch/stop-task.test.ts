// A cancel stops the task within seconds, also of one that ECS does not show yet; a thousand of them go at AWS's pace.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { LIMITS } from '#jobs/limits.ts';
import type { JobRecord } from '#jobs/record.ts';
import type { TaskLauncher } from '#jobs/world.ts';
import { recordIn, START, TasksWorld } from './tasks-world.ts';

type Answer = Awaited<ReturnType<TaskLauncher['stop']>>;

const stopping = (id: number): JobRecord =>
  recordIn(id, {
    kind: 'stopping',
    ...{ since: START, notBefore: START, task: `task-${id}`, why: 'cancelled in Sourcegraph' },
    then: {
      kind: 'mark',
      ...{ outcome: { kind: 'failed', errorMessage: 'canceled' }, failure: 'cancelled', resultWins: false },
    },
  });

let world: TasksWorld;
/** The tasks of which a stop was asked for, in each second. */
let asked: string[][];
beforeEach(() => {
  world = new TasksWorld();
  asked = [];
});

function answers(answer: (second: number) => Answer): void {
  world.ecs.stop = (task) => {
    asked.at(-1)?.push(task);
    return Promise.resolve(answer(asked.length));
  };
}
async function seconds(count: number): Promise<void> {
  for (let second = 0; second < count; second++) {
    asked.push([]);
    await world.seconds(1);
  }
}
async function keep(count: number): Promise<void> {
  for (let id = 1; id <= count; id++) await world.keep(stopping(id));
}

describe('a task that ECS does not know', () => {
  test('yet is asked for until it does, in seconds, and its time to end counts from then on', async () => {
    answers((second) => (second < 7 ? 'unknown' : 'stopping'));
    await keep(1);
    await seconds(6);
    expect(asked.flat().length).toBeGreaterThan(2);
    expect(await world.stateOf(stopping(1))).not.toHaveProperty('acceptedAt');
    await seconds(4);
    const { acceptedAt } = (await world.stateOf(stopping(1))) as { readonly acceptedAt?: number };
    expect(acceptedAt).toBeGreaterThanOrEqual(START + 7_000);
  });

  test('counts as being stopped when it would surely be shown, and is asked for ever more rarely before', async () => {
    answers(() => 'unknown');
    await keep(1);
    await seconds(LIMITS.visibilityMs / 1000 - 1);
    expect(asked.flat().length).toBeLessThan(30);
    expect(await world.stateOf(stopping(1))).not.toHaveProperty('acceptedAt');
    await seconds(LIMITS.restopMs / 1000);
    expect(await world.stateOf(stopping(1))).toHaveProperty('acceptedAt');
  });
});

describe('a cancel of many jobs', () => {
  test('stops the tasks of two hundred within ten seconds', async () => {
    answers(() => 'stopping');
    await keep(200);
    await seconds(10);
    expect(new Set(asked.flat()).size).toBe(200);
  });

  test('leaves room for launches, writes nothing for a stop that waits, and repeats none before all were sent', async () => {
    answers(() => 'stopping');
    await keep(800);
    let writes = 0;
    const change = world.jobs.change.bind(world.jobs);
    world.jobs.change = (...given) => {
      writes += 1;
      return change(...given);
    };
    await seconds(40);
    expect(asked[0]?.length).toBeLessThanOrEqual(80);
    expect(Math.max(...asked.slice(1).map(({ length }) => length))).toBeLessThanOrEqual(25);
    expect(new Set(asked.flat()).size).toBe(800);
    expect(asked.flat().length).toBeLessThan(850);
    expect(writes).toBe(asked.flat().length);
  });

  test('slows down when ECS is asked too fast, and comes to its end', async () => {
    answers((second) => (second <= 3 ? { kind: 'throttled', message: 'Rate exceeded' } : 'stopping'));
    await keep(200);
    await seconds(6);
    expect(asked.flat().length).toBeLessThan(160);
    await seconds(24);
    expect(new Set(asked.flat()).size).toBe(200);
  });
});
