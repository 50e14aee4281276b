// The cheapest pool: ARM64 tasks on Spot in public subnets, without NAT gateway; a job that Spot takes twice goes on
// demand.
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { SourcegraphExecutor } from '#infra/executor.ts';

export class PublicSpotStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const operators = new sns.Topic(this, 'Operators', { enforceSSL: true });
    new SourcegraphExecutor(this, 'Executor', {
      poolName: 'spot',
      frontendUrl: 'https://sourcegraph.example.com',
      accessToken: secretsmanager.Secret.fromSecretNameV2(this, 'Token', 'sourcegraph/executor-token'),
      architecture: 'ARM64',
      capacity: 'spot-with-fallback',
      cpus: 2,
      memoryMiB: 8 * 1024,
      maximumJobs: 500,
      deadline: Duration.hours(1),
      // What the steps of this instance do outside (calls, agents) must not happen twice.
      environment: { EXECUTOR_RELAUNCH: 'before-first-step' },
      alarmTopic: operators,
      taskTags: { 'executor-pool': 'spot', 'cost-centre': 'developer-experience' },
    });
  }
}
