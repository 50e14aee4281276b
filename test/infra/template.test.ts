// The resources of the default installation: first those that jobs depend on, one promise each, then all of it as a
// snapshot, so that no change of the template goes unseen.
import { describe, expect, test } from '@jest/globals';
import { DISPATCHER_TIMEOUT } from '#infra/dispatcher.ts';
import { install, ofType, readable, type Resource, resourcesOf } from './installation.ts';

const resources = resourcesOf(install().stack);

function only(type: string, matches: (resource: Resource) => boolean = () => true): Resource['Properties'] {
  const found = ofType(resources, type).filter(matches);
  expect(found).toHaveLength(1);
  return readable(found[0]?.Properties ?? {}) as Resource['Properties'];
}

const named =
  (name: string) =>
  ({ Properties }: Resource): boolean =>
    Properties['QueueName'] === name || Properties['FunctionName'] === name;

describe('the dispatcher', () => {
  test('is started each minute, is told when, and is not started again', () => {
    expect(only('AWS::Scheduler::Schedule')).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: '<ExecutorDispatcherFunction.Arn>',
        Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}',
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
    });
    expect(only('AWS::Lambda::EventInvokeConfig')).toMatchObject({
      FunctionName: '<ExecutorDispatcherFunction>',
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });

  test('runs Node 24 on ARM64 for as long as Lambda allows, without reserved concurrency', () => {
    const properties = only('AWS::Lambda::Function', named('executor-dispatcher'));
    expect(properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: 900,
    });
    expect(DISPATCHER_TIMEOUT.toMinutes()).toBe(15);
    expect(properties).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(properties).not.toHaveProperty('VpcConfig');
  });
});

describe('the results queue', () => {
  const queue = only('AWS::SQS::Queue', named('executor-results'));

  test('hides a message for six time-outs of completion', () => {
    const { Timeout } = only('AWS::Lambda::Function', named('executor-completion')) as { Timeout: number };
    expect(queue['VisibilityTimeout']).toBeGreaterThanOrEqual(6 * Timeout);
  });

  test('gives up after five receives, to a queue that keeps messages longer', () => {
    expect(queue).toMatchObject({
      RedrivePolicy: { deadLetterTargetArn: '<ExecutorQueuesDeadResults.Arn>', maxReceiveCount: 5 },
    });
    const dead = only('AWS::SQS::Queue', named('executor-results-dead'));
    expect(dead['MessageRetentionPeriod']).toBeGreaterThan(queue['MessageRetentionPeriod'] as number);
  });

  test('is worked on in part batches by completion', () => {
    expect(only('AWS::Lambda::EventSourceMapping')).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 10 },
      BatchSize: 10,
    });
  });

  test('hears of stopped tasks of the pool alone, and keeps what cannot be delivered', () => {
    expect(only('AWS::Events::Rule')).toMatchObject({
      EventPattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: { lastStatus: ['STOPPED'], group: [{ prefix: 'family:executor-' }] },
      },
      Targets: [{ Arn: '<ExecutorQueuesResults.Arn>', DeadLetterConfig: { Arn: '<ExecutorQueuesDeadEvents.Arn>' } }],
    });
  });

  test('hears of stored results and of no other object; its policy stands before the bucket', () => {
    const [bucket] = ofType(resources, 'AWS::S3::Bucket');
    expect(readable(bucket?.Properties)).toMatchObject({
      NotificationConfiguration: {
        QueueConfigurations: [
          {
            Event: 's3:ObjectCreated:Put',
            Filter: {
              S3Key: {
                Rules: [
                  { Name: 'prefix', Value: 'attempts/' },
                  { Name: 'suffix', Value: '/result.json' },
                ],
              },
            },
          },
        ],
      },
    });
    expect(bucket?.DependsOn).toEqual([expect.stringMatching(/^ExecutorQueuesResultsPolicy/)]);
  });
});

test('every queue refuses plain http', () => {
  for (const { Properties } of ofType(resources, 'AWS::SQS::QueuePolicy')) {
    expect(JSON.stringify(Properties)).toContain('"aws:SecureTransport":"false"');
  }
  expect(ofType(resources, 'AWS::SQS::QueuePolicy')).toHaveLength(ofType(resources, 'AWS::SQS::Queue').length);
});

test('table and bucket are closed and empty themselves', () => {
  expect(only('AWS::DynamoDB::Table')).toMatchObject({
    BillingMode: 'PAY_PER_REQUEST',
    TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
  });
  expect(only('AWS::S3::Bucket')).toMatchObject({
    PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    LifecycleConfiguration: {
      Rules: [{ ExpirationInDays: 3 }, { ExpirationInDays: 3 }, { AbortIncompleteMultipartUpload: {} }],
    },
  });
});

test('the cluster has Fargate and Spot, and the dispatcher comes after it', () => {
  expect(only('AWS::ECS::Cluster')).toMatchObject({ CapacityProviders: ['FARGATE', 'FARGATE_SPOT'] });
  const [dispatcher] = ofType(resources, 'AWS::Lambda::Function').filter(named('executor-dispatcher'));
  expect(dispatcher?.DependsOn).toContainEqual(expect.stringMatching(/^ExecutorNetworkCluster/));
});

test('nothing in the default installation is billed by the hour', () => {
  for (const type of ['AWS::EC2::NatGateway', 'AWS::EC2::EIP', 'AWS::ECS::TaskDefinition', 'AWS::ECS::Service']) {
    expect(ofType(resources, type)).toEqual([]);
  }
  const endpoints = ofType(resources, 'AWS::EC2::VPCEndpoint').map(({ Properties }) => Properties['VpcEndpointType']);
  expect(endpoints).toEqual(['Gateway', 'Gateway']);
});

test('with a fixed address everything of the pool leaves by it', () => {
  const egress = resourcesOf(install(() => ({ staticEgress: true })).stack);
  const gateways = ofType(egress, 'AWS::EC2::NatGateway');
  expect(gateways.map(({ Properties }) => readable(Properties))).toMatchObject([
    { AllocationId: '<ExecutorNetworkEgress.AllocationId>' },
  ]);
  const functions = ofType(egress, 'AWS::Lambda::Function').filter(
    ({ Properties }) => Properties['FunctionName'] !== undefined,
  );
  const inVpc = functions.filter(({ Properties }) => Properties['VpcConfig'] !== undefined);
  expect(inVpc.map(({ Properties }) => Properties['FunctionName'])).toEqual([
    'executor-dispatcher',
    'executor-completion',
    'executor-status',
  ]);
  const [dispatcher] = inVpc.map(({ Properties }) => readable(Properties));
  expect(dispatcher).toMatchObject({ Environment: { Variables: { EXECUTOR_ASSIGN_PUBLIC_IP: 'false' } } });
});

test('before anything is deleted the gate is closed: all that it needs, and all that it clears, comes later', () => {
  const [gate] = ofType(resources, 'Custom::ExecutorGate');
  const later = (gate?.DependsOn ?? []).map((id) => id.replace(/[0-9A-F]{8}$/, ''));
  expect(later).toEqual(
    expect.arrayContaining([
      'ExecutorCompletionFunction',
      'ExecutorDispatcherSchedule',
      'ExecutorGateRoleDefaultPolicy',
      'ExecutorNetworkCluster',
      'ExecutorQueuesResults',
      'ExecutorStoreTable',
    ]),
  );
});

test('tasks let nothing in, and out only HTTPS, HTTP and SSH', () => {
  const group = only('AWS::EC2::SecurityGroup');
  expect(group).not.toHaveProperty('SecurityGroupIngress');
  const egress = group['SecurityGroupEgress'] as { FromPort: number; ToPort: number }[];
  expect(egress.map(({ FromPort, ToPort }) => [FromPort, ToPort])).toEqual([
    [443, 443],
    [80, 80],
    [22, 22],
  ]);
});

test('the template', () => {
  // What changes with every edit of the code and says nothing: hashes of assets.
  const text = JSON.stringify(readable(resources), null, 1).replace(/[0-9a-f]{64}/g, '<hash>');
  expect(JSON.parse(text)).toMatchSnapshot();
});
