// What the gate works on: the dispatchers' lease and the tasks of the pool.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import type { Random } from '#jobs/world.ts';
import type { DeploymentValues } from '#settings/deployment.ts';
import { QUICK } from './client-settings.ts';
import { DynamoDbLeaseStore } from './dynamodb-lease-store.ts';
import { DynamoDbTable } from './dynamodb-table.ts';
import { EcsPoolTasks } from './ecs-pool-tasks.ts';

export function openGate(
  { clusterArn, poolName, tableName }: DeploymentValues<'gate'>,
  random: Random,
): { readonly lease: DynamoDbLeaseStore; readonly tasks: EcsPoolTasks } {
  const table = new DynamoDbTable({ client: new DynamoDBClient(QUICK), name: tableName, stamp: () => random.id() });
  return {
    lease: new DynamoDbLeaseStore(table),
    tasks: new EcsPoolTasks(new ECSClient(QUICK), { clusterArn, poolName }),
  };
}
