// From the context to the props of the construct: names and ARNs become what they name, without asking any account.
import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { SizeRuleSetting } from '#settings/kinds.ts';
import type { ExecutorContext } from './context.ts';
import type { SizeRuleProps, SourcegraphExecutorProps } from './props.ts';

export function contextProps(stack: Stack, context: ExecutorContext): SourcegraphExecutorProps {
  const {
    accessTokenSecret,
    alarmTopicArn,
    availabilityZones,
    caBundleSecret,
    deadlineMinutes,
    httpProxy,
    httpsProxy,
    logRetentionDays,
    noProxy,
    permissionsBoundaryArn,
    retainData,
    sizeRules,
    subnetIds,
    vpcId,
    ...same
  } = context;
  return defined({
    ...same,
    accessToken: secret(stack, 'AccessToken', accessTokenSecret),
    caBundle: caBundleSecret === undefined ? undefined : secret(stack, 'CaBundle', caBundleSecret),
    deadline: deadlineMinutes === undefined ? undefined : Duration.minutes(deadlineMinutes),
    proxy: defined({ http: httpProxy, https: httpsProxy, direct: noProxy }),
    sizeRules: sizeRules?.map(sizeRule),
    logRetention: logRetentionDays,
    alarmTopic: alarmTopicArn === undefined ? undefined : sns.Topic.fromTopicArn(stack, 'AlarmTopic', alarmTopicArn),
    permissionsBoundary:
      permissionsBoundaryArn === undefined
        ? undefined
        : iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', permissionsBoundaryArn),
    removalPolicy: retainData === true ? RemovalPolicy.RETAIN : undefined,
    ...network(stack, { vpcId, subnetIds, availabilityZones }),
  });
}

function sizeRule({ cpus, deadline, disk, memory, queue, repository }: SizeRuleSetting): SizeRuleProps {
  return defined({
    queue,
    repository,
    cpus,
    memoryMiB: memory === undefined ? undefined : Math.ceil(memory / 1024 ** 2),
    diskGiB: disk === undefined ? undefined : Math.ceil(disk / 1024 ** 3),
    deadline: deadline === undefined ? undefined : Duration.millis(deadline),
  });
}

function secret(stack: Stack, id: string, nameOrArn: string): secretsmanager.ISecret {
  if (!nameOrArn.startsWith('arn:')) return secretsmanager.Secret.fromSecretNameV2(stack, id, nameOrArn);
  // A whole ARN ends with six characters that AWS made.
  return /-[A-Za-z0-9]{6}$/.test(nameOrArn)
    ? secretsmanager.Secret.fromSecretCompleteArn(stack, id, nameOrArn)
    : secretsmanager.Secret.fromSecretPartialArn(stack, id, nameOrArn);
}

function network(
  stack: Stack,
  { vpcId, subnetIds, availabilityZones }: Pick<ExecutorContext, 'vpcId' | 'subnetIds' | 'availabilityZones'>,
): Pick<SourcegraphExecutorProps, 'vpc' | 'subnets'> {
  if (vpcId === undefined || subnetIds === undefined || availabilityZones === undefined) return {};
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId, availabilityZones: [...new Set(availabilityZones)] });
  const subnets = subnetIds.map((subnetId, index) =>
    ec2.Subnet.fromSubnetAttributes(stack, `Subnet${index + 1}`, {
      subnetId,
      ...(availabilityZones[index] === undefined ? {} : { availabilityZone: availabilityZones[index] }),
    }),
  );
  return { vpc, subnets: { subnets } };
}

type Defined<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
