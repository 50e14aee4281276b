// Every permission of the executor in one place: three roles, and for each the statements with their reasons. Tasks have
// no role. A resource is a wildcard only where AWS knows none, or where what it names is made at run time.
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { BUCKET } from '#settings/storage.ts';
import { acknowledge } from './acknowledge.ts';
import { arn, familyPattern } from './names.ts';
import type { ExecutorNetwork } from './network.ts';
import type { ExecutorQueues } from './queues.ts';
import type { ExecutorStore } from './store.ts';

const allow = (sid: string, actions: string[], resources: string[], conditions?: iam.Conditions): iam.PolicyStatement =>
  new iam.PolicyStatement({ sid, actions, resources, ...(conditions === undefined ? {} : { conditions }) });

/** What both functions may do with records and payloads. */
export function storeStatements({ table, bucket }: ExecutorStore): iam.PolicyStatement[] {
  return [
    allow(
      'Records',
      ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Query'],
      [table.tableArn],
    ),
    allow(
      'Payloads',
      ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      [bucket.arnForObjects(`${BUCKET.attempts}*`), bucket.arnForObjects(`${BUCKET.jobs}*`)],
    ),
    // Without it S3 answers 403 and not 404 for a result that is not there yet.
    allow('MissingObjects', ['s3:ListBucket'], [bucket.bucketArn]),
  ];
}

export function secretStatement(secrets: readonly (secretsmanager.ISecret | undefined)[]): iam.PolicyStatement {
  const arns = secrets.filter((secret) => secret !== undefined).map(secretArnPattern);
  return allow('Secrets', ['secretsmanager:GetSecretValue'], arns);
}

/** A secret imported by name has an ARN without the six characters that AWS appends. */
function secretArnPattern(secret: secretsmanager.ISecret): string {
  return secret.secretFullArn ?? `${secret.secretArn}-??????`;
}

/** Starting, watching and stopping this pool's tasks in this cluster, and nothing else in ECS. */
export function taskStatements(
  scope: Construct,
  poolName: string,
  network: ExecutorNetwork,
  passedRoles: readonly iam.IRole[],
): iam.PolicyStatement[] {
  const families = [arn(scope, 'ecs', 'task-definition', `${familyPattern(poolName)}:*`)];
  const tasks = [arn(scope, 'ecs', 'task', `${network.clusterName}/*`)];
  const inCluster = { ArnEquals: { 'ecs:cluster': network.clusterArn } };
  return [
    allow('RunTasks', ['ecs:RunTask'], families, inCluster),
    allow('StopAndDescribeTasks', ['ecs:StopTask', 'ecs:DescribeTasks'], tasks, inCluster),
    // Bound by the condition; its resource would be a container instance, which Fargate has not.
    allow('ListTasks', ['ecs:ListTasks'], ['*'], inCluster),
    // AWS checks no resource for either.
    allow('TaskDefinitions', ['ecs:RegisterTaskDefinition', 'ecs:DescribeTaskDefinition'], ['*']),
    allow('TagsAtCreation', ['ecs:TagResource'], [...families, ...tasks], {
      StringEquals: { 'ecs:CreateAction': ['RunTask', 'RegisterTaskDefinition'] },
    }),
    allow(
      'RolesOfTasks',
      ['iam:PassRole'],
      passedRoles.map((role) => role.roleArn),
      {
        StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
      },
    ),
  ];
}

/** The dispatcher's own messages to completion. */
export function sendStatement({ results }: ExecutorQueues): iam.PolicyStatement {
  return allow('OwnMessages', ['sqs:SendMessage'], [results.queueArn]);
}

/** The account's vCPU quotas of Fargate, on demand and Spot. */
export function quotaStatement(scope: Construct): iam.PolicyStatement {
  const quotas = ['L-3032A538', 'L-36FBB829'].map((code) => arn(scope, 'servicequotas', 'fargate', code));
  return allow('Quotas', ['servicequotas:GetServiceQuota'], quotas);
}

export interface ExecutionRoleProps {
  readonly poolName: string;
  readonly logGroupArn: string;
  readonly repositoryArns: readonly string[];
  /** The pull-through cache's: a first pull makes the repository and fills it. */
  readonly cacheRepositories: string | undefined;
  readonly registrySecrets: readonly secretsmanager.ISecret[];
  readonly boundary: iam.IManagedPolicy | undefined;
}

/** The role by which ECS itself pulls images and writes the runner's log; no container sees it. */
export function makeExecutionRole(scope: Construct, props: ExecutionRoleProps): iam.Role {
  const { cacheRepositories, repositoryArns, registrySecrets } = props;
  const role = makeRole(scope, 'ExecutionRole', {
    service: 'ecs-tasks.amazonaws.com',
    description: `ECS pulls images and writes logs for the executor pool ${props.poolName}`,
    boundary: props.boundary,
    onlyForThisAccount: true,
  });
  role.addToPolicy(
    allow('RunnerLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], [`${props.logGroupArn}:log-stream:*`]),
  );
  const repositories = [...repositoryArns, ...(cacheRepositories === undefined ? [] : [cacheRepositories])];
  if (repositories.length > 0) {
    const pull = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];
    role.addToPolicy(allow('LogInToEcr', ['ecr:GetAuthorizationToken'], ['*']));
    role.addToPolicy(allow('PullImages', pull, repositories));
  }
  if (cacheRepositories !== undefined) {
    role.addToPolicy(
      allow('FillTheCache', ['ecr:CreateRepository', 'ecr:BatchImportUpstreamImage'], [cacheRepositories]),
    );
  }
  if (registrySecrets.length > 0) role.addToPolicy(secretStatement(registrySecrets));
  acknowledgeWildcards(
    role,
    'Streams of the log group and cached repositories are made at run time; logging in to ECR has no resource.',
  );
  return role;
}

export interface RoleProps {
  readonly service: string;
  readonly description: string;
  readonly boundary: iam.IManagedPolicy | undefined;
  /** Against the confused deputy, for services that send the account along. */
  readonly onlyForThisAccount: boolean;
}

export function makeRole(scope: Construct, id: string, props: RoleProps): iam.Role {
  const principal = new iam.ServicePrincipal(props.service);
  const { account } = Stack.of(scope);
  return new iam.Role(scope, id, {
    description: props.description,
    assumedBy: props.onlyForThisAccount
      ? principal.withConditions({ StringEquals: { 'aws:SourceAccount': account } })
      : principal,
    ...(props.boundary === undefined ? {} : { permissionsBoundary: props.boundary }),
  });
}

/** cdk-nag shows each wildcard; test/infra/permissions.test.ts holds the list of those that may be there. */
export function acknowledgeWildcards(role: iam.Role, reason: string): void {
  acknowledge(role, 'AwsSolutions-IAM5', reason);
}
