// The stores and services of the handlers: one client a service, kept for the life of the process, and the adapters over
// them. Region and credentials are the Lambda's own, which the SDK takes from its environment.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { functionName } from '#settings/pool-names.ts';
import type { Clock, CompletionWorld, Random, World } from '#jobs/world.ts';
import { BULK, ONCE, QUICK } from './client-settings.ts';
import { DynamoDbJobStore } from './dynamodb-job-store.ts';
import { DynamoDbLeaseStore } from './dynamodb-lease-store.ts';
import { DynamoDbTable } from './dynamodb-table.ts';
import { type EcsOptions, EcsTaskLauncher } from './ecs-task-launcher.ts';
import { LambdaDispatchers } from './lambda-dispatchers.ts';
import { S3PayloadStore } from './s3-payload-store.ts';
import { SqsResultsQueue } from './sqs-results-queue.ts';

export interface StoreNames {
  readonly tableName: string;
  readonly bucketName: string;
  readonly resultsQueueUrl: string;
}

export interface Chance {
  readonly clock: Clock;
  readonly random: Random;
}

export type Stores = Pick<CompletionWorld, 'jobs' | 'payloads' | 'results'> & Pick<World, 'lease'>;

export function openStores(names: StoreNames, { clock, random }: Chance): Stores {
  const client = new DynamoDBClient(QUICK);
  const table = new DynamoDbTable({ client, name: names.tableName, stamp: () => random.id() });
  return {
    jobs: new DynamoDbJobStore({ table, now: () => clock.now(), id: () => random.id() }),
    lease: new DynamoDbLeaseStore(table),
    payloads: new S3PayloadStore(openBucketClient(), names.bucketName),
    results: new SqsResultsQueue(new SQSClient(QUICK), names.resultsQueueUrl),
  };
}

/**
 * Without checksums that nobody asks for: a presigned URL would carry the one of an empty body, and S3 would refuse
 * what the runner puts.
 */
export function openBucketClient(): S3Client {
  return new S3Client({ ...BULK, requestChecksumCalculation: 'WHEN_REQUIRED' });
}

export function openTasks(options: EcsOptions): EcsTaskLauncher {
  return new EcsTaskLauncher(new ECSClient(ONCE), options);
}

export function openDispatchers(poolName: string): LambdaDispatchers {
  return new LambdaDispatchers(new LambdaClient(ONCE), functionName(poolName, 'dispatcher'));
}

/** The region that an ARN names. */
export function regionOf(arn: string): string {
  return arn.split(':')[3] ?? '';
}
