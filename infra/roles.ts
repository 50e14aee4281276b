// The roles of the executor: of ECS itself while it starts a task, of the functions and of the schedule.
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { allow, giveRole, type Grant, logGrant, secretGrant } from './permissions.ts';

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
  const repositories = [...repositoryArns, ...(cacheRepositories === undefined ? [] : [cacheRepositories])];
  giveRole(role, [
    logGrant(props.logGroupArn),
    ...(repositories.length === 0 ? [] : pullGrants(repositories)),
    ...(cacheRepositories === undefined ? [] : [fillCacheGrant(cacheRepositories)]),
    ...(registrySecrets.length === 0 ? [] : [secretGrant(registrySecrets)]),
  ]);
  return role;
}

function pullGrants(repositories: string[]): Grant[] {
  return [
    allow({
      sid: 'LogInToEcr',
      actions: ['ecr:GetAuthorizationToken'],
      resources: ['*'],
      why: 'Logging in to ECR has no resource.',
    }),
    allow({
      sid: 'PullImages',
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
      resources: repositories,
      why: CACHED,
    }),
  ];
}

const CACHED = 'Repositories of the pull-through cache, each made by the first pull of its image.';

function fillCacheGrant(cacheRepositories: string): Grant {
  return allow({
    sid: 'FillTheCache',
    actions: ['ecr:CreateRepository', 'ecr:BatchImportUpstreamImage'],
    resources: [cacheRepositories],
    why: CACHED,
  });
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
