// A launcher over the ECS double, with the options of a deployed pool.
import { type EcsOptions, EcsTaskLauncher } from '#functions/aws/ecs-task-launcher.ts';
import { type EcsDouble, startEcs } from '../doubles/ecs/start.ts';
import type { EcsOptions as DoubleOptions } from '../doubles/ecs/ecs.ts';
import { type Carrier, idleCarrier } from '../doubles/ecs/world.ts';
import { TEST_ACCOUNT, TEST_CLUSTER_ARN } from '../doubles/test-account.ts';

export const POOL: EcsOptions = {
  poolName: 'executor',
  clusterArn: TEST_CLUSTER_ARN,
  region: TEST_ACCOUNT.region,
  executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
  runnerLogGroup: '/executor/runner',
  subnetIds: ['subnet-0a', 'subnet-0b'],
  securityGroupIds: ['sg-0a'],
  assignPublicIp: true,
  tags: { pool: 'executor' },
};

export interface EcsUnderTest extends EcsDouble {
  /** As the launcher sees it; the double's own goes on by itself. */
  readonly clock: { skippedMs: number };
  readonly launcher: EcsTaskLauncher;
  /** One that knows nothing of what the first has done, as after a cold start. */
  another(options?: Partial<EcsOptions>): EcsTaskLauncher;
}

export async function startEcsUnderTest(
  options: Partial<DoubleOptions> = {},
  carrier: Carrier = idleCarrier(),
): Promise<EcsUnderTest> {
  const double = await startEcs(carrier, options);
  const clock = { skippedMs: 0 };
  const another = (changed: Partial<EcsOptions> = {}): EcsTaskLauncher =>
    new EcsTaskLauncher(double.client, { ...POOL, ...changed }, () => Date.now() + clock.skippedMs);
  return { ...double, clock, launcher: another(), another };
}
