// ECS's ways to fail and what the launcher makes of each: over the wire, through the SDK as it is configured.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { attemptId, jobKey } from '#jobs/keys.ts';
import type { LaunchRequest } from '#jobs/world.ts';
import { scriptedTask } from '../contracts/scripted-task.ts';
import type { CallFault } from '../doubles/ecs/faults.ts';
import { ERRORS, FAILURES } from '../doubles/ecs/texts.ts';
import { type EcsUnderTest, startEcsUnderTest } from './ecs-under-test.ts';

const { definition } = scriptedTask({ runner: '' }, 'alpine:3');
const error = (text: (typeof ERRORS)[keyof typeof ERRORS] & object): CallFault => ({
  kind: 'error',
  error: text as never,
});
const failure = (reason: string): CallFault => ({ kind: 'failure', reason });
const lost = (how: Extract<CallFault, { kind: 'lost' }>['how']): CallFault => ({ kind: 'lost', how });

let world: EcsUnderTest;
beforeEach(async () => {
  world = await startEcsUnderTest();
});
afterEach(() => world.close());

async function request(clientToken = 'token-1'): Promise<LaunchRequest> {
  const defined = await world.launcher.define(definition);
  if (defined.kind !== 'defined') throw new Error(defined.kind);
  return {
    attempt: attemptId(jobKey('batches', 1, 'token'), 1),
    clientToken,
    definition: defined.definition,
    payloadUrl: 'https://bucket.example/payload?X-Amz-Signature=1',
    capacity: 'spot',
    size: definition.size,
  };
}

const renamed = (type: string): CallFault => ({ kind: 'error', error: { status: 400, type, message: 'no' } });

describe('an answer to RunTask', () => {
  test.each<[string, CallFault, string]>([
    ['ThrottlingException', error(ERRORS.throttled), 'throttled'],
    ['RequestLimitExceeded', renamed('RequestLimitExceeded'), 'throttled'],
    ['LimitExceededException', renamed('LimitExceededException'), 'throttled'],
    ['429', { kind: 'error', error: { status: 429, type: 'TooManyRequestsException', message: 'no' } }, 'throttled'],
    ["EC2's throttle inside InvalidParameterException", error(ERRORS.ec2Throttle), 'throttled'],
    ['no capacity', failure(FAILURES.capacity), 'no-capacity'],
    ['an EC2 placement reason', failure('RESOURCE:ENI'), 'no-capacity'],
    ['a reason that nobody knows', failure('SOMETHING NEW'), 'no-capacity'],
    ['the vCPU quota', failure(FAILURES.vcpuQuota), 'quota-reached'],
    ['the vCPU quota with a typographic apostrophe', failure(FAILURES.vcpuQuotaTypographic), 'quota-reached'],
    ['the task quota', failure(FAILURES.taskQuota), 'quota-reached'],
    ['a size above the limit', failure(FAILURES.cpuAboveLimit), 'rejected'],
    ['an inactive definition', error(ERRORS.definitionInactive), 'definition-gone'],
    ['an unknown definition', error(ERRORS.definitionNotFound), 'definition-gone'],
    ['AccessDeniedException', error(ERRORS.accessDenied), 'rejected'],
    ['BlockedException', error(ERRORS.blocked), 'rejected'],
    ['ClusterNotFoundException', error(ERRORS.clusterNotFound), 'rejected'],
    ['InvalidParameterException', error(ERRORS.networkRequired), 'rejected'],
    ['PlatformUnknownException', renamed('PlatformUnknownException'), 'rejected'],
    ['UnsupportedFeatureException', renamed('UnsupportedFeatureException'), 'rejected'],
    ['ServerException', error(ERRORS.server), 'unreachable'],
  ])('%s', async (_name, fault, kind) => {
    const launch = await request();
    world.ecs.faults.call('RunTask', fault);
    expect((await world.launcher.launch(launch)).kind).toBe(kind);
  });

  test.each(['reset', 'hang', 'truncated', 'empty', 'error-500', 'html-503'] as const)(
    'lost by %s after the task was made: unreachable, and the same request finds that task',
    async (how) => {
      const launch = await request();
      world.ecs.faults.call('RunTask', lost(how));
      expect((await world.launcher.launch(launch)).kind).toBe('unreachable');
      const [made] = world.ecs.tasks.keys();
      expect(await world.launcher.launch(launch)).toEqual({ kind: 'started', task: made });
      expect(world.ecs.tasks.size).toBe(1);
      expect(world.ecs.calls.filter((call) => call === 'RunTask')).toHaveLength(2);
    },
  );

  test('a token known with other parameters: its task is adopted', async () => {
    const launch = await request();
    const first = await world.launcher.launch(launch);
    const renewed = { ...launch, payloadUrl: 'https://bucket.example/payload?X-Amz-Signature=2' };
    expect(await world.launcher.launch(renewed)).toEqual(first);
    expect(await world.another({ subnetIds: ['subnet-0c'] }).launch(launch)).toEqual(first);
  });

  test('a refusal is given again for the same token, and not for a new one', async () => {
    const launch = await request();
    world.ecs.faults.call('RunTask', failure(FAILURES.capacity));
    expect((await world.launcher.launch(launch)).kind).toBe('no-capacity');
    expect((await world.launcher.launch(launch)).kind).toBe('no-capacity');
    expect((await world.launcher.launch({ ...launch, clientToken: 'token-2' })).kind).toBe('started');
  });

  test("above the account's vCPU quota", async () => {
    await world.close();
    world = await startEcsUnderTest({ vcpuQuota: 0.5 });
    expect((await world.launcher.launch(await request('a'))).kind).toBe('started');
    expect((await world.launcher.launch(await request('b'))).kind).toBe('started');
    expect((await world.launcher.launch(await request('c'))).kind).toBe('quota-reached');
  });

  test('faster than Fargate launches: throttled, never lost', async () => {
    const launch = await request();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => world.launcher.launch({ ...launch, clientToken: `burst-${index}` })),
    );
    const kinds = new Set(answers.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['started', 'throttled']));
    expect(answers.filter(({ kind }) => kind === 'started')).toHaveLength(world.ecs.tasks.size);
  });
});

test('what stands in the request: one pointer, the attempt, where it may run, and no role', async () => {
  await world.launcher.launch(await request());
  const [task] = world.ecs.tasks.values();
  expect(task?.startedBy).toBe('batches/1/3c469e9d6c58/1');
  expect(task?.capacityProvider).toBe('FARGATE_SPOT');
  expect(task?.definition.taskRoleArn).toBeUndefined();
  expect(task?.overrides).toEqual({
    containerOverrides: [
      {
        name: 'step-runner',
        environment: [{ name: 'EXECUTOR_PAYLOAD_URL', value: 'https://bucket.example/payload?X-Amz-Signature=1' }],
      },
    ],
  });
});

describe('a definition', () => {
  test('is registered once, and found again after a cold start', async () => {
    const first = await world.launcher.define(definition);
    expect(await world.launcher.define(definition)).toEqual(first);
    expect(await world.another().define(definition)).toEqual(first);
    expect(world.ecs.definitions.count).toBe(1);
    expect(world.ecs.calls).toEqual(['DescribeTaskDefinition', 'RegisterTaskDefinition', 'DescribeTaskDefinition']);
  });

  test('that ECS no longer runs is registered anew', async () => {
    const launch = await request();
    world.ecs.faults.call('RunTask', error(ERRORS.definitionInactive));
    expect((await world.launcher.launch(launch)).kind).toBe('definition-gone');
    const again = await request('token-2');
    expect(again.definition).not.toBe(launch.definition);
    expect((await world.launcher.launch(again)).kind).toBe('started');
  });

  test.each<[string, CallFault, string]>([
    ['ThrottlingException', error(ERRORS.throttled), 'throttled'],
    ['concurrent registration', error(ERRORS.concurrentRegistration), 'throttled'],
    ["EC2's throttle inside InvalidParameterException", error(ERRORS.ec2Throttle), 'throttled'],
    ['AccessDeniedException', error(ERRORS.accessDenied), 'rejected'],
    ['a size that Fargate has not', error(ERRORS.noFargateConfiguration), 'rejected'],
    ['ServerException', error(ERRORS.server), 'unreachable'],
    ['a reset connection', lost('reset'), 'unreachable'],
    ['an empty answer', lost('empty'), 'unreachable'],
  ])('refused with %s', async (_name, fault, kind) => {
    world.ecs.faults.call('RegisterTaskDefinition', fault);
    expect((await world.launcher.define(definition)).kind).toBe(kind);
    // After a throttle not even asked for, for a while.
    world.clock.skippedMs = 5_000;
    expect((await world.launcher.define(definition)).kind).toBe('defined');
  });

  test('of a pair that Fargate does not sell is rejected', async () => {
    const size = { ...definition.size, cpuUnits: 256, memoryMiB: 16_384 };
    expect((await world.launcher.define({ ...definition, size })).kind).toBe('rejected');
  });

  test('is registered no faster than AWS allows: beyond that ECS is not even asked', async () => {
    const answers = [];
    for (let gib = 21; gib < 46; gib++) {
      answers.push(
        await world.launcher.define({ ...definition, size: { ...definition.size, ephemeralStorageGiB: gib } }),
      );
    }
    expect(answers.slice(0, 18).every(({ kind }) => kind === 'defined')).toBe(true);
    expect(answers.at(-1)?.kind).toBe('throttled');
    const registered = world.ecs.calls.filter((call) => call === 'RegisterTaskDefinition').length;
    expect(registered).toBe(answers.filter(({ kind }) => kind === 'defined').length);
  });
});

describe('a definition that was registered long ago', () => {
  const MONTH_MS = 31 * 24 * 3_600_000;
  const oldOne = async (): Promise<void> => {
    await world.launcher.define(definition);
    world.clock.skippedMs = MONTH_MS;
  };

  test('is taken away, and registered anew by whoever needs it', async () => {
    await oldOne();
    const other = world.another();
    expect(await other.retireDefinition()).toBe('retired');
    expect(await other.retireDefinition()).toBe('none');
    expect(world.ecs.definitions.families('executor-')).toEqual([]);
    // This process still remembers it: its launch is refused, and the next one finds a new definition.
    const refused = await world.launcher.launch(await request());
    expect(refused.kind).toBe('definition-gone');
    expect((await world.launcher.launch(await request('token-2'))).kind).toBe('started');
  });

  test("is left alone by a process that uses it, as are young ones and another pool's", async () => {
    await oldOne();
    expect(await world.launcher.retireDefinition()).toBe('none');
    const neighbour = world.another({ poolName: 'executor-b' });
    expect(await neighbour.retireDefinition()).toBe('none');
    world.clock.skippedMs = 0;
    expect(await world.another().retireDefinition()).toBe('none');
    expect(world.ecs.definitions.families('executor-')).toHaveLength(1);
  });

  test('is looked for once a day', async () => {
    const listed = () => world.ecs.calls.filter((call) => call === 'ListTaskDefinitionFamilies').length;
    for (let times = 0; times < 5; times++) await world.launcher.retireDefinition();
    expect(listed()).toBe(1);
    world.clock.skippedMs = 25 * 3_600_000;
    await world.launcher.retireDefinition();
    expect(listed()).toBe(2);
  });

  test('stays while ECS does not let us', async () => {
    await oldOne();
    const other = world.another();
    world.ecs.faults.call('ListTaskDefinitionFamilies', error(ERRORS.throttled));
    expect(await other.retireDefinition()).toMatchObject({ kind: 'throttled' });
    world.ecs.faults.call('DeregisterTaskDefinition', lost('reset'));
    expect(await other.retireDefinition()).toMatchObject({ kind: 'unreachable' });
  });
});

describe('reading and stopping', () => {
  test.each(['ListTasks', 'DescribeTasks'])('%s throttled or away', async (operation) => {
    await world.launcher.launch(await request());
    world.ecs.faults.call(operation, error(ERRORS.throttled));
    expect((await world.launcher.list()).kind).toBe('throttled');
    world.ecs.faults.call(operation, lost('truncated'));
    expect((await world.launcher.list()).kind).toBe('unreachable');
    expect((await world.launcher.list()).kind).toBe('listed');
  });

  test('a task that ECS does not show yet is missing, not lost', async () => {
    world.ecs.faults.missingReads = 1;
    const launched = await world.launcher.launch(await request());
    const task = launched.kind === 'started' ? launched.task : '';
    expect(await world.launcher.describe([task])).toEqual({ kind: 'described', tasks: [] });
    expect(await world.launcher.describe([task])).toMatchObject({ kind: 'described', tasks: [{ task }] });
  });

  test('more tasks than a page or a request holds are all listed, and described', async () => {
    await world.close();
    world = await startEcsUnderTest({ unthrottled: true });
    const launch = await request();
    for (let index = 0; index < 130; index++) {
      await world.launcher.launch({ ...launch, clientToken: `many-${index}` });
    }
    const listed = await world.launcher.list();
    expect(listed.kind === 'listed' ? listed.tasks.length : listed.kind).toBe(130);
    const asked = listed.kind === 'listed' ? listed.tasks.map(({ task }) => task) : [];
    const shown = await world.launcher.describe(asked);
    expect(shown.kind === 'described' ? shown.tasks.length : shown.kind).toBe(130);
  });

  test("another pool's tasks in the same cluster are not ours", async () => {
    const other = world.another({ poolName: 'executor-b' });
    const defined = await other.define(definition);
    const launch = await request();
    if (defined.kind === 'defined') await other.launch({ ...launch, definition: defined.definition });
    expect(await world.launcher.list()).toEqual({ kind: 'listed', tasks: [] });
    expect(await other.list()).toMatchObject({ kind: 'listed', tasks: [{ startedBy: launch.attempt }] });
  });

  test('StopTask throttled or away', async () => {
    world.ecs.faults.call('StopTask', error(ERRORS.throttled));
    expect(await world.launcher.stop('task', 'why')).toMatchObject({ kind: 'throttled' });
    world.ecs.faults.call('StopTask', lost('html-503'));
    expect(await world.launcher.stop('task', 'why')).toMatchObject({ kind: 'unreachable' });
  });
});
