// A launch whose answer nobody heard may have made a task: no refusal of a later send, and no list that is too young, says
// otherwise. Two tasks of one job would both act in its user's name.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { LIMITS } from '#jobs/limits.ts';
import type { LaunchAnswer, LaunchRequest, RunningTask } from '#jobs/world.ts';
import { JobSchema } from '#sourcegraph/job.ts';
import { launchingRecord, recordIn, START, taskOf, TasksWorld } from './tasks-world.ts';

const VISIBLE_SECONDS = LIMITS.visibilityMs / 1000;
const LAUNCH_SECONDS = LIMITS.launchMs / 1000;
/** A look at the tasks is made so often at the rarest. */
const LOOK_SECONDS = LIMITS.reconcileMs / 1000;

const launching = launchingRecord();
const gone: LaunchAnswer = { kind: 'definition-gone', message: 'TaskDefinition is inactive' };
const rejected: LaunchAnswer = { kind: 'rejected', message: 'Cluster not found.' };
const noAnswer: LaunchAnswer = { kind: 'unreachable', message: 'no answer' };

let world: TasksWorld;
beforeEach(() => {
  world = new TasksWorld();
});

function answers(...launches: readonly LaunchAnswer[]): void {
  const left = [...launches];
  world.ecs.launch = () => Promise.resolve(left.shift() ?? launches.at(-1) ?? noAnswer);
}
const shows = (...tasks: readonly RunningTask[]): void => {
  world.ecs.list = () => Promise.resolve({ kind: 'listed', tasks });
};
const stateKind = async (): Promise<string> => {
  const state = await world.stateOf(launching);
  return state === 'none' ? state : state.kind;
};

describe('after a send without an answer', () => {
  test.each([
    ['finds its definition gone', gone],
    ['is rejected', rejected],
  ])('a resend that %s does not make the task undone', async (_, refusal) => {
    answers(noAnswer, refusal);
    await world.keep(launching);
    await world.seconds(VISIBLE_SECONDS - LOOK_SECONDS);
    expect(await stateKind()).toBe('launching');
    shows(taskOf(launching, 'task-1'));
    await world.seconds(LOOK_SECONDS);
    expect(await world.stateOf(launching)).toMatchObject({ kind: 'running', task: 'task-1' });
  });

  test('which a dispatcher before this one may have made, a refusal is no answer to it', async () => {
    answers(rejected);
    await world.keep(launching);
    await world.seconds(LOOK_SECONDS);
    expect(await stateKind()).toBe('launching');
  });

  test('it is sent no more while its task is looked for', async () => {
    answers(noAnswer, gone, { kind: 'started', task: 'task-2' });
    await world.keep(launching);
    await world.seconds(VISIBLE_SECONDS);
    expect(await stateKind()).toBe('launching');
  });

  test('it is prepared anew when the task would surely be shown by now', async () => {
    answers(noAnswer, gone);
    await world.keep(launching);
    await world.seconds(VISIBLE_SECONDS + 2 * LOOK_SECONDS);
    // Its stored job is missing in this world: whoever prepares it gives it back.
    expect(await stateKind()).toBe('none');
  });

  test('while ECS shows nothing at all, nothing is decided', async () => {
    answers(noAnswer, gone);
    world.ecs.list = () => Promise.resolve({ kind: 'unreachable', message: 'no answer' });
    await world.keep(launching);
    await world.seconds(2 * VISIBLE_SECONDS);
    expect(await stateKind()).toBe('launching');
  });
});

test('a refusal of the first send counts at once', async () => {
  answers(gone);
  await world.keep(launching);
  world.shift.taskless.set(launching.key, 'client-token');
  await world.seconds(3);
  expect(await stateKind()).toBe('none');
});

test('when the launch limit passes, a task that the last send made is still waited for', async () => {
  answers(noAnswer);
  await world.keep(launching);
  await world.seconds(LAUNCH_SECONDS + VISIBLE_SECONDS - LOOK_SECONDS);
  expect(await world.stateOf(launching)).toMatchObject({ kind: 'launching', abandon: { kind: 'mark' } });
  shows(taskOf(launching, 'task-1', 'PENDING'));
  await world.seconds(LOOK_SECONDS);
  expect(world.stopped).toContain('task-1');
  expect(await world.stateOf(launching)).toMatchObject({ kind: 'stopping', task: 'task-1' });
});

test('and when none is shown, the job ends with the reason', async () => {
  answers(noAnswer);
  await world.keep(launching);
  await world.seconds(LAUNCH_SECONDS + VISIBLE_SECONDS + 2 * LOOK_SECONDS);
  expect(await world.stateOf(launching)).toMatchObject({
    kind: 'finished',
    outcome: {
      errorMessage: 'the job could not be launched within 15 minutes: ECS did not answer',
    },
  });
});

const aJob = JobSchema.parse({ id: 1, token: 'token', dockerSteps: [{ image: 'alpine:3', commands: ['true'] }] });
const toLaunch = recordIn(1, { kind: 'to-launch', since: START, notBefore: START });

describe('a task definition that ECS rejects', () => {
  let asked: number;
  const rejects = (message: string): void => {
    asked = 0;
    world.job = aJob;
    world.ecs.define = () => {
      asked += 1;
      return Promise.resolve({ kind: 'rejected', message });
    };
  };

  test.each([
    ['a lack', 'Request limit exceeded.', 'AWS limits how often it may be called.'],
    ['a failure', 'InternalError: try again', 'the container runtime of the task failed.'],
  ])('for %s that may pass is asked for again ever more rarely', async (_, message, waitsFor) => {
    rejects(message);
    await world.keep(toLaunch);
    await world.seconds(60);
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThan(10);
    await world.seconds(300);
    expect(asked).toBeLessThan(20);
    expect(await world.stateOf(toLaunch)).toMatchObject({ kind: 'to-launch', waitsFor });
    expect(world.metrics).not.toContain('LaunchRejections');
  });

  test('for good ends the job', async () => {
    rejects('No Fargate configuration exists for given values.');
    await world.keep(toLaunch);
    await world.seconds(2);
    expect(await world.stateOf(toLaunch)).toMatchObject({ kind: 'finished', failure: 'configuration' });
    expect(world.metrics).toContain('LaunchRejections');
  });
});

describe('with Spot, and on-demand capacity to fall back on,', () => {
  let sent: LaunchRequest[];
  const launches = (...given: readonly LaunchAnswer[]): void => {
    sent = [];
    world.newShift({ spot: 'with-fallback' });
    world.job = aJob;
    world.ecs.launch = (request) => {
      sent.push(request);
      return Promise.resolve(given[sent.length - 1] ?? noAnswer);
    };
  };
  const capacities = (): readonly string[] => sent.slice(0, 3).map(({ capacity }) => capacity);

  test('a refusal of either is answered by the other', async () => {
    const refusal: LaunchAnswer = { kind: 'no-capacity', message: 'Capacity is unavailable at this time.' };
    launches(refusal, refusal);
    await world.keep(toLaunch);
    await world.seconds(60);
    expect(capacities()).toEqual(['spot', 'on-demand', 'spot']);
  });

  test('a definition that was gone says nothing of capacity, and the next try has a token of its own', async () => {
    launches(gone);
    await world.keep(toLaunch);
    await world.seconds(10);
    expect(capacities().slice(0, 2)).toEqual(['spot', 'spot']);
    expect(sent[1]?.clientToken).not.toBe(sent[0]?.clientToken);
  });

  test('nor does one that was gone between two refusals', async () => {
    const refusal: LaunchAnswer = { kind: 'quota-reached', message: "You've reached the limit on the number of vCPUs" };
    launches(refusal, gone);
    await world.keep(toLaunch);
    await world.seconds(60);
    expect(capacities()).toEqual(['spot', 'on-demand', 'on-demand']);
  });
});
