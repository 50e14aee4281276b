// Every permission of the executor in one place, each wildcard with its reason: a resource is one only where AWS knows
// none, or where what it names is made at run time. Tasks have no role, so there is nothing for them here.
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { FARGATE_QUOTAS } from '#settings/fargate-quotas.ts';
import { BUCKET } from '#settings/storage.ts';
import { acknowledge } from './acknowledge.ts';
import { familyPattern, functionName } from '#settings/pool-names.ts';
import { arn, functionArn } from './names.ts';
import type { ExecutorNetwork } from './network.ts';
import type { ExecutorQueues } from './queues.ts';
import type { ExecutorStore } from './store.ts';

/** What a role may do, and why where a resource in it is a wildcard. */
export interface Grant {
  readonly statement: iam.PolicyStatement;
  readonly wildcards?: string;
}

export interface Statement {
  readonly sid: string;
  readonly actions: string[];
  readonly resources: string[];
  readonly conditions?: iam.Conditions;
  /** Needed when a resource is a wildcard. */
  readonly why?: string;
}

export function allow({ why, ...statement }: Statement): Grant {
  return { statement: new iam.PolicyStatement(statement), ...(why === undefined ? {} : { wildcards: why }) };
}

/** Adds the statements; each wildcard is acknowledged by itself, with its own reason. */
export function giveRole(role: iam.Role, grants: readonly Grant[]): void {
  for (const { statement, wildcards } of grants) {
    role.addToPolicy(statement);
    if (wildcards === undefined) continue;
    for (const resource of statement.resources) {
      const shown = shownResource(Stack.of(role).resolve(resource));
      if (shown.includes('*')) acknowledge(role, `AwsSolutions-IAM5[Resource::${shown}]`, wildcards);
    }
  }
}

/** As cdk-nag shows a resource that the template only refers to. */
function shownResource(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  const intrinsic = resolved as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Join'?: [string, unknown[]] };
  if (intrinsic.Ref !== undefined) return `<${intrinsic.Ref}>`;
  if (intrinsic['Fn::GetAtt'] !== undefined) return `<${intrinsic['Fn::GetAtt'].join('.')}>`;
  const [separator, parts] = intrinsic['Fn::Join'] ?? ['', []];
  return parts.map(shownResource).join(separator);
}

/** What both functions may do with records and payloads. */
export function storeGrants({ table, bucket }: ExecutorStore): Grant[] {
  return [
    allow({
      sid: 'Records',
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Query'],
      resources: [table.tableArn],
    }),
    allow({
      sid: 'Payloads',
      actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      resources: [bucket.arnForObjects(`${BUCKET.attempts}*`), bucket.arnForObjects(`${BUCKET.jobs}*`)],
      why: 'Objects of attempts and jobs, which are made at run time.',
    }),
    // Without it S3 answers 403 and not 404 for a result that is not there yet.
    allow({ sid: 'MissingObjects', actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }),
  ];
}

export function secretGrant(secrets: readonly (secretsmanager.ISecret | undefined)[]): Grant {
  const given = secrets.filter((secret) => secret !== undefined);
  return allow({ sid: 'Secrets', actions: ['secretsmanager:GetSecretValue'], resources: given.map(secretArnPattern) });
}

/** A secret imported by name has an ARN without the six characters that AWS appends. */
function secretArnPattern(secret: secretsmanager.ISecret): string {
  return secret.secretFullArn ?? `${secret.secretArn}-??????`;
}

/** Reading what the status is made of. */
export function statusGrants(
  { table }: ExecutorStore,
  { deadEvents, deadResults, results }: ExecutorQueues,
  logGroupArns: readonly string[],
  imageRepositoryArn: string | undefined,
): Grant[] {
  return [
    allow({ sid: 'ReadRecords', actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [table.tableArn] }),
    allow({
      sid: 'QueueDepths',
      actions: ['sqs:GetQueueAttributes'],
      resources: [results.queueArn, deadResults.queueArn, deadEvents.queueArn],
    }),
    allow({
      sid: 'RecentLines',
      actions: ['logs:FilterLogEvents'],
      resources: logGroupArns.map((group) => `${group}:*`),
      why: 'Reading a log group is allowed by its ARN with all of its streams.',
    }),
    ...(imageRepositoryArn === undefined
      ? []
      : [allow({ sid: 'RunnerImage', actions: ['ecr:DescribeImages'], resources: [imageRepositoryArn] })]),
  ];
}

/** Finding and stopping the pool's tasks, and closing the lease: what the gate does. */
export function gateGrants(scope: Construct, network: ExecutorNetwork, { table }: ExecutorStore): Grant[] {
  return [
    allow({ sid: 'Lease', actions: ['dynamodb:GetItem', 'dynamodb:PutItem'], resources: [table.tableArn] }),
    ...watchGrants(scope, network),
  ];
}

/** Starting, watching and stopping this pool's tasks in this cluster, and nothing else in ECS. */
export function taskGrants(
  scope: Construct,
  poolName: string,
  network: ExecutorNetwork,
  passedRoles: readonly iam.IRole[],
): Grant[] {
  const families = [arn(scope, 'ecs', 'task-definition', `${familyPattern(poolName)}:*`)];
  const tasks = [arn(scope, 'ecs', 'task', `${network.clusterName}/*`)];
  return [
    allow({
      sid: 'RunTasks',
      actions: ['ecs:RunTask'],
      resources: families,
      conditions: inCluster(network),
      why: AT_RUN_TIME,
    }),
    ...watchGrants(scope, network),
    allow({
      sid: 'TaskDefinitions',
      actions: [
        'ecs:RegisterTaskDefinition',
        'ecs:DescribeTaskDefinition',
        'ecs:ListTaskDefinitionFamilies',
        'ecs:DeregisterTaskDefinition',
      ],
      resources: ['*'],
      why: 'AWS knows no resource for these; what is registered runs only by RunTasks and RolesOfTasks.',
    }),
    allow({
      sid: 'OldTaskDefinitions',
      actions: ['ecs:DeleteTaskDefinitions'],
      resources: families,
      why: AT_RUN_TIME,
    }),
    allow({
      sid: 'TagsAtCreation',
      actions: ['ecs:TagResource'],
      resources: [...families, ...tasks],
      conditions: { StringEquals: { 'ecs:CreateAction': ['RunTask', 'RegisterTaskDefinition'] } },
      why: AT_RUN_TIME,
    }),
    allow({
      sid: 'RolesOfTasks',
      actions: ['iam:PassRole'],
      resources: passedRoles.map((role) => role.roleArn),
      conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    }),
  ];
}

const AT_RUN_TIME = 'Task definitions and tasks are made at run time; they are bound by family and cluster.';
const inCluster = ({ clusterArn }: ExecutorNetwork): iam.Conditions => ({ ArnEquals: { 'ecs:cluster': clusterArn } });

function watchGrants(scope: Construct, network: ExecutorNetwork): Grant[] {
  const conditions = inCluster(network);
  return [
    allow({
      sid: 'StopAndDescribeTasks',
      actions: ['ecs:StopTask', 'ecs:DescribeTasks'],
      resources: [arn(scope, 'ecs', 'task', `${network.clusterName}/*`)],
      conditions,
      why: AT_RUN_TIME,
    }),
    allow({
      sid: 'ListTasks',
      actions: ['ecs:ListTasks'],
      resources: ['*'],
      conditions,
      why: 'Its resource would be a container instance, which Fargate has not; bound by the cluster.',
    }),
  ];
}

/** The dispatcher's own messages to completion. */
export function sendGrant({ results }: ExecutorQueues): Grant {
  return allow({ sid: 'OwnMessages', actions: ['sqs:SendMessage'], resources: [results.queueArn] });
}

/** A dispatcher that is alone starts another one beside it. By name: the function's own ARN would need the role first. */
export function standByGrant(scope: Construct, poolName: string): Grant {
  const dispatcher = functionArn(scope, functionName(poolName, 'dispatcher'));
  return allow({ sid: 'OwnStandBy', actions: ['lambda:InvokeFunction'], resources: [dispatcher] });
}

/** The account's quotas of Fargate, on demand and Spot: vCPUs at once, launches at once, launches a second. */
export function quotaGrant(scope: Construct): Grant {
  const codes = Object.values(FARGATE_QUOTAS).flatMap((quotas) => Object.values(quotas));
  const resources = codes.map((code) => arn(scope, 'servicequotas', 'fargate', code));
  return allow({ sid: 'Quotas', actions: ['servicequotas:GetServiceQuota'], resources });
}

/** Writing to one log group. */
export function logGrant(logGroupArn: string): Grant {
  return allow({
    sid: 'OwnLog',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [`${logGroupArn}:log-stream:*`],
    why: 'Streams of the log group, which are made at run time.',
  });
}

/** Lambda makes and removes the network interfaces of a function in a VPC in its name. */
export function networkInterfaceGrant(): Grant {
  return allow({
    sid: 'NetworkInterfaces',
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
    why: 'Lambda asks for these permissions before the interfaces exist, and most of them know no resource.',
  });
}
