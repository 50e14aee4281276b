// A closed network: two pools in one VPC without internet, for an instance that only the VPC reaches. The endpoints are
// made once, by the first pool; images come from this account's ECR alone.
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { SourcegraphExecutor } from '#infra/executor.ts';

export class PrivateEndpointsStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const vpc = new ec2.Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'executors', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }],
      flowLogs: { rejected: { trafficType: ec2.FlowLogTrafficType.REJECT } },
    });
    const shared = {
      frontendUrl: 'https://sourcegraph.internal.example.com',
      accessToken: secretsmanager.Secret.fromSecretNameV2(this, 'Token', 'sourcegraph/executor-token'),
      caBundle: secretsmanager.Secret.fromSecretNameV2(this, 'CaBundle', 'sourcegraph/ca-bundle'),
      vpc: vpc as ec2.IVpc,
      network: 'private',
      functionsInVpc: true,
    } as const;

    const batches = new SourcegraphExecutor(this, 'Batches', {
      ...shared,
      poolName: 'batches',
      queues: ['batches'],
      endpoints: true,
      officialImages: 'pull-through-cache',
      vcpuQuota: 400,
    });
    const codeintel = new SourcegraphExecutor(this, 'CodeIntel', {
      ...shared,
      poolName: 'codeintel',
      queues: ['codeintel'],
      // One security group and one set of endpoints for both pools.
      securityGroups: batches.network.securityGroups,
      officialImages: 'pull-through-cache',
      cpus: 8,
      memoryMiB: 32 * 1024,
      maximumJobs: 20,
      deadline: Duration.hours(4),
      vcpuQuota: 160,
      dashboard: false,
    });
    codeintel.node.addDependency(batches.network);
  }
}
