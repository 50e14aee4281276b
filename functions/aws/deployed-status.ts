// Asks the services of a pool for its status, all at once; one that does not answer keeps nobody else from answering.
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DeploymentValues } from '#settings/deployment.ts';
import type { Asked, Facts } from '../status/facts.ts';
import { QUICK } from './client-settings.ts';
import type { Chance } from './deployed-world.ts';
import { DynamoDbJobStore } from './dynamodb-job-store.ts';
import { DynamoDbLeaseStore } from './dynamodb-lease-store.ts';
import { DynamoDbTable } from './dynamodb-table.ts';
import { readVcpuQuota } from './fargate-quotas.ts';
import { readQueueDepths } from './queue-depths.ts';
import { readRecentLines } from './recent-lines.ts';
import { readRunnerImageState } from './runner-image-state.ts';

export async function readStatusFacts(
  { capacity, poolName, resultsQueueUrl, runnerImage, tableName }: DeploymentValues<'status'>,
  { clock, random }: Chance,
): Promise<Pick<Facts, 'lease' | 'jobs' | 'quota' | 'image' | 'depths' | 'lines'>> {
  const table = new DynamoDbTable({ client: new DynamoDBClient(QUICK), name: tableName, stamp: () => random.id() });
  const records = new DynamoDbJobStore({ table, now: () => clock.now(), id: () => random.id() });
  const [lease, jobs, quota, image, depths, lines] = await Promise.all([
    asked(new DynamoDbLeaseStore(table).read()),
    asked(records.inFlight()),
    readVcpuQuota(capacity),
    readRunnerImageState(runnerImage),
    asked(readQueueDepths(new SQSClient(QUICK), poolName, resultsQueueUrl)),
    asked(readRecentLines(poolName, clock.now())),
  ]);
  return { lease, jobs, quota, image, depths, lines };
}

async function asked<T>(answer: Promise<T>): Promise<Asked<T>> {
  try {
    return { kind: 'answered', value: await answer };
  } catch (error) {
    // Whatever it was belongs into the report: nobody reads this function's log first.
    return { kind: 'unanswered', why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}
