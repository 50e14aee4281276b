// Every IAM statement that the stack makes, one by one: who may do what, on what. A new statement or a new wildcard
// fails here until it is written down.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as iam from 'aws-cdk-lib/aws-iam';
import { install, ofType, readable, type Resources, resourcesOf } from './installation.ts';

const { stack } = install();
const resources = resourcesOf(stack);

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: unknown;
}

const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

function statements(from: Resources): { readonly role: string; readonly statement: Statement }[] {
  return ofType(from, 'AWS::IAM::Policy').flatMap(({ Properties }) => {
    const { PolicyDocument, Roles } = readable(Properties) as {
      PolicyDocument: { Statement: Statement[] };
      Roles: string[];
    };
    return PolicyDocument.Statement.map((statement) => ({ role: Roles.join(), statement }));
  });
}

const lines = (from: Resources): string[] =>
  statements(from).map(
    ({ role, statement: { Sid, Effect, Action, Resource, Condition } }) =>
      `${role} ${Sid ?? ''}: ${Effect} ${list(Action).join(' ')} on ${list(Resource).join(' ')}${
        Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`
      }`,
  );

test('each statement is known', () => {
  expect(lines(resources)).toMatchSnapshot();
});

// Whoever adds one here says in infra/permissions.ts why.
const WILDCARDS = [
  'OwnLog',
  'Payloads',
  'RecentLines',
  'RunTasks',
  'StopAndDescribeTasks',
  'ListTasks',
  'TaskDefinitions',
  'OldTaskDefinitions',
  'TagsAtCreation',
];

test('a wildcard stands only where it is explained', () => {
  const wild = statements(resources)
    .filter(({ statement }) => list(statement.Resource).some((one) => one.includes('*')))
    .map(({ statement }) => statement.Sid ?? 'without name');
  expect([...new Set(wild)].sort()).toEqual([...WILDCARDS].sort());
});

test('a whole wildcard stands only where AWS knows no resource', () => {
  const whole = statements(resources).filter(({ statement }) => list(statement.Resource).includes('*'));
  expect([...new Set(whole.map(({ statement }) => statement.Sid))]).toEqual(['ListTasks', 'TaskDefinitions']);
});

test('of all functions the dispatcher may start itself, and nobody any other', () => {
  const may = lines(resources).filter((line) => line.includes('lambda:Invoke') && !line.includes('ScheduleRole'));
  expect(may).toEqual([
    '<ExecutorDispatcherRole> OwnStandBy: Allow lambda:InvokeFunction on arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:executor-dispatcher',
  ]);
});

test('no action is a wildcard', () => {
  const actions = statements(resources).flatMap(({ statement }) => list(statement.Action));
  expect(actions.filter((action) => action.includes('*'))).toEqual([]);
});

describe('tasks', () => {
  const find = (sid: string): Statement | undefined =>
    statements(resources).find(({ statement }) => statement.Sid === sid)?.statement;

  test('run only in the families of the pool and in its cluster', () => {
    expect(find('RunTasks')).toMatchObject({
      Resource: 'arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task-definition/executor-*:*',
      Condition: {
        ArnEquals: { 'ecs:cluster': 'arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:cluster/executor' },
      },
    });
  });

  test('are given the execution role and no other', () => {
    expect(find('RolesOfTasks')).toMatchObject({
      Action: 'iam:PassRole',
      Resource: '<ExecutorExecutionRole.Arn>',
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    });
  });

  test('have no role: only the execution role trusts ECS', () => {
    const trusting = Object.entries(resources)
      .filter(([, { Type }]) => Type === 'AWS::IAM::Role')
      .filter(([, role]) => JSON.stringify(role).includes('ecs-tasks.amazonaws.com'));
    expect(trusting.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(['ExecutorExecutionRole']);
  });

  test('have a role when one was asked for, and it may be passed', () => {
    const { stack: opted } = install((scope) => ({
      stepRole: iam.Role.fromRoleArn(scope, 'Step', 'arn:aws:iam::111122223333:role/step'),
    }));
    expect(lines(resourcesOf(opted)).find((line) => line.includes('RolesOfTasks'))).toContain(
      'arn:aws:iam::111122223333:role/step',
    );
  });
});

test('completion may do nothing in ECS', () => {
  expect(
    lines(resources).filter((line) => line.startsWith('<ExecutorCompletionRole>') && line.includes('ecs:')),
  ).toEqual([]);
});

test('only what the library brings for emptying the bucket has a policy of AWS', () => {
  const managed = Object.entries(resources).filter(
    ([, { Type, Properties }]) => Type === 'AWS::IAM::Role' && Properties['ManagedPolicyArns'] !== undefined,
  );
  expect(managed.map(([id]) => id)).toEqual([expect.stringMatching(/^CustomS3AutoDeleteObjects/)]);
});

test('every role of ours has the permissions boundary', () => {
  const { stack: bounded } = install((scope) => ({
    permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyName(scope, 'Boundary', 'boundary'),
  }));
  const without = Object.entries(resourcesOf(bounded))
    .filter(([, { Type, Properties }]) => Type === 'AWS::IAM::Role' && Properties['PermissionsBoundary'] === undefined)
    .map(([id]) => id);
  expect(without).toEqual([expect.stringMatching(/^CustomS3AutoDeleteObjects/)]);
});

describe('what the adapters call', () => {
  const SERVICES: Readonly<Record<string, string>> = { 'cloudwatch-logs': 'logs', 'service-quotas': 'servicequotas' };
  /** What a call is allowed by, where that has another name. */
  const ACTIONS: Readonly<Record<string, string>> = { DeleteObjects: 'DeleteObject', Invoke: 'InvokeFunction' };
  /** Which role calls by an adapter, where not all that is common to the functions. */
  const OF_STATUS = ['queue-depths.ts', 'recent-lines.ts', 'runner-image-state.ts'];
  const folder = path.join(import.meta.dirname, '..', '..', 'functions', 'aws');
  const calls = readdirSync(folder).flatMap((file) => {
    const source = readFileSync(path.join(folder, file), 'utf8');
    const client = /from '@aws-sdk\/client-([a-z0-9-]+)'/.exec(source)?.[1] ?? '';
    return [...source.matchAll(/new (\w+)Command\(/g)].map(([, call = '']) => ({
      file,
      action: `${SERVICES[client] ?? client}:${ACTIONS[call] ?? call}`,
    }));
  });
  const inEcr = resourcesOf(
    install(() => ({ runnerImage: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/runner@sha256:0' })).stack,
  );
  const allowed = (part: string): readonly string[] =>
    statements(inEcr)
      .filter(({ role }) => role === `<Executor${part}Role>`)
      .flatMap(({ statement }) => list(statement.Action))
      // Of Lambda itself, in the function's name.
      .filter((action) => !['logs:CreateLogStream', 'logs:PutLogEvents'].includes(action));
  const ofDispatcher = calls.filter(({ file }) => !OF_STATUS.includes(file)).map(({ action }) => action);

  test('is found in their sources', () => expect(calls.length).toBeGreaterThan(15));

  test.each([...new Set(ofDispatcher)].sort().map((call) => [call]))('%s is allowed to the dispatcher', (call) => {
    expect(allowed('Dispatcher')).toContain(call);
  });

  test('is all that the dispatcher is allowed, but for what AWS does in its name and the secrets', () => {
    const others = ['iam:PassRole', 'ecs:TagResource', 's3:ListBucket', 'secretsmanager:GetSecretValue'];
    expect(
      allowed('Dispatcher').filter((action) => !ofDispatcher.includes(action) && !others.includes(action)),
    ).toEqual([]);
  });

  test('is all that the status is allowed, and nothing of it changes anything', () => {
    const only = calls.filter(({ file }) => OF_STATUS.includes(file)).map(({ action }) => action);
    expect([...allowed('Status')].sort()).toEqual(
      [
        ...only,
        'dynamodb:GetItem',
        'dynamodb:Query',
        'secretsmanager:GetSecretValue',
        'servicequotas:GetServiceQuota',
      ].sort(),
    );
    for (const action of allowed('Status')) expect(action).toMatch(/:(Get|Query|Describe|Filter)/);
  });

  test('of the lease and the tasks is all that the gate is allowed', () => {
    expect([...allowed('Gate')].sort()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'ecs:DescribeTasks',
      'ecs:ListTasks',
      'ecs:StopTask',
    ]);
  });
});
