// What was deployed, read back from the services themselves instead of from the template.
import { describe, expect, test } from '@jest/globals';
import { DescribeTableCommand, DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { GetFunctionEventInvokeConfigCommand, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetBucketEncryptionCommand, GetBucketPolicyCommand, GetPublicAccessBlockCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import {
  deadEventsQueueName,
  deadResultsQueueName,
  functionName,
  logGroupName,
  resultsQueueName,
} from '#settings/pool-names.ts';
import { TABLE } from '#settings/storage.ts';
import { queueUrl } from '../deployed.ts';
import type { UseStage } from '../stage.ts';
import { POOL } from '../world.ts';

export function deployedSettings(stage: UseStage): void {
  describe('as deployed', () => {
    test('the schedule starts the dispatcher once a minute, and repeats nothing', async () => {
      const { deployed, world } = stage();
      const dispatcher = await deployed.configuration('dispatcher');
      expect(await deployed.schedule()).toMatchObject({
        ScheduleExpression: 'rate(1 minute)',
        State: 'ENABLED',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: dispatcher.FunctionArn,
          Input: JSON.stringify({ scheduledTime: '<aws.scheduler.scheduled-time>' }),
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        },
      });
      const asynchronous = await world.account.lambda.send(
        new GetFunctionEventInvokeConfigCommand({ FunctionName: functionName(POOL, 'dispatcher') }),
      );
      expect(asynchronous).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
    });

    test('the functions run on Node 24 with their own log groups', async () => {
      const { deployed } = stage();
      for (const [part, Timeout] of [
        ['dispatcher', 900],
        ['completion', 60],
      ] as const) {
        expect(await deployed.configuration(part)).toMatchObject({
          Runtime: 'nodejs24.x',
          Architectures: ['arm64'],
          Timeout,
          LoggingConfig: { LogGroup: logGroupName(POOL, part) },
        });
      }
    });

    test('the results queue gives completion six times its time-out and five tries, and then the dead-letter queue', async () => {
      const { world } = stage();
      const results = await attributes(stage, resultsQueueName(POOL));
      expect(results['VisibilityTimeout']).toBe('360');
      expect(JSON.parse(results['RedrivePolicy'] ?? '{}')).toMatchObject({
        deadLetterTargetArn: (await attributes(stage, deadResultsQueueName(POOL)))['QueueArn'],
        maxReceiveCount: 5,
      });
      const { EventSourceMappings: mappings = [] } = await world.account.lambda.send(
        new ListEventSourceMappingsCommand({ FunctionName: functionName(POOL, 'completion') }),
      );
      expect(mappings).toMatchObject([
        {
          EventSourceArn: results['QueueArn'],
          BatchSize: 10,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          ScalingConfig: { MaximumConcurrency: 10 },
          State: 'Enabled',
        },
      ]);
    });

    test.each([
      [resultsQueueName(POOL), 4],
      [deadResultsQueueName(POOL), 14],
      [deadEventsQueueName(POOL), 14],
    ])('%s keeps messages %i days, encrypted, and takes them over TLS only', async (name, days) => {
      const queue = await attributes(stage, name);
      expect(queue).toMatchObject({ MessageRetentionPeriod: String(days * 86_400), SqsManagedSseEnabled: 'true' });
      expect(refusesPlainHttp(queue['Policy'])).toBe(true);
    });

    test('the table is billed by request and forgets', async () => {
      const { deployed, world } = stage();
      const TableName = await deployed.variable('dispatcher', 'tableName');
      const { Table: table } = await world.account.dynamoDb.send(new DescribeTableCommand({ TableName }));
      expect(table).toMatchObject({
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
        KeySchema: [
          { AttributeName: TABLE.partitionKey, KeyType: 'HASH' },
          { AttributeName: TABLE.sortKey, KeyType: 'RANGE' },
        ],
      });
      const forgets = await world.account.dynamoDb.send(new DescribeTimeToLiveCommand({ TableName }));
      expect(forgets.TimeToLiveDescription).toEqual({
        TimeToLiveStatus: 'ENABLED',
        AttributeName: TABLE.timeToLive,
      });
    });

    test('the bucket is encrypted, closed to the public and to plain HTTP', async () => {
      const { deployed, world } = stage();
      const Bucket = await deployed.variable('dispatcher', 'bucketName');
      const { s3 } = world.account;
      const encryption = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
      expect(encryption.ServerSideEncryptionConfiguration?.Rules).toMatchObject([
        { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
      ]);
      const access = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
      expect(access.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(refusesPlainHttp((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy)).toBe(true);
    });

    test('no variable of a function holds a secret', async () => {
      const { deployed, sandbox } = stage();
      for (const part of ['dispatcher', 'completion'] as const) {
        expect(JSON.stringify(await deployed.environment(part))).not.toContain(sandbox.accessToken);
      }
    });
  });
}

async function attributes(stage: UseStage, queue: string): Promise<Readonly<Record<string, string>>> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl(queue), AttributeNames: ['All'] });
  return (await stage().world.account.sqs.send(command)).Attributes ?? {};
}

interface Policy {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Condition?: { readonly Bool?: Readonly<Record<string, string>> };
  }[];
}

function refusesPlainHttp(policy = '{"Statement":[]}'): boolean {
  const { Statement: statements } = JSON.parse(policy) as Policy;
  return statements.some(
    ({ Effect, Condition }) => Effect === 'Deny' && Condition?.Bool?.['aws:SecureTransport'] === 'false',
  );
}
