// The second section of the settings: what only the Lambdas on AWS need, beside the settings of ./table.ts. The stack
// writes their environment from these rows and the handlers read it by them, so a name stands here and nowhere else.
// Secrets are named by ARN; none of their values is ever in an environment.
import { boolean, jsonStrings, list, oneOf, resourceName, text, wholeNumber } from './kinds.ts';
import type { OptionalRow, RequiredRow, Row, Values } from './row.ts';

/** The functions that may have an environment of their own. */
export type FunctionName = 'dispatcher' | 'completion' | 'status' | 'gate';

/** `functions`: who reads it; the stack gives it to nobody else. */
interface Deployed<F extends FunctionName> {
  readonly functions: readonly F[];
}

const required = <T, F extends FunctionName>(row: OptionalRow<T> & Deployed<F>): RequiredRow<T> & Deployed<F> => ({
  ...row,
  required: true,
});
const setting = <T, F extends FunctionName>(row: Row<T> & Deployed<F>): Row<T> & Deployed<F> => row;
const optional = <T, F extends FunctionName>(row: OptionalRow<T> & Deployed<F>): OptionalRow<T> & Deployed<F> => row;

const group = 'On AWS, set by the stack';
const every = ['dispatcher', 'completion', 'status', 'gate'] as const;
const workers = ['dispatcher', 'completion'] as const;
const toSourcegraph = ['dispatcher', 'completion', 'status'] as const;
const dispatcher = ['dispatcher'] as const;
const looking = ['dispatcher', 'status'] as const;

export const DEPLOYMENT = {
  poolName: required({
    name: 'EXECUTOR_POOL_NAME',
    group,
    functions: every,
    kind: resourceName,
    sentence: 'Names the pool: prefix of its resources and its name in Sourcegraph.',
  }),
  tokenSecretArn: required({
    name: 'EXECUTOR_TOKEN_SECRET_ARN',
    group,
    functions: toSourcegraph,
    kind: text,
    sentence: "The secret with the executor's token.",
  }),
  tableName: required({
    name: 'EXECUTOR_TABLE_NAME',
    group,
    functions: every,
    kind: text,
    sentence: 'The DynamoDB table with job records and the lease.',
  }),
  bucketName: required({
    name: 'EXECUTOR_BUCKET_NAME',
    group,
    functions: workers,
    kind: text,
    sentence: 'The S3 bucket with payloads and results.',
  }),
  resultsQueueUrl: required({
    name: 'EXECUTOR_RESULTS_QUEUE_URL',
    group,
    functions: toSourcegraph,
    kind: text,
    sentence: 'The SQS queue that completion works on.',
  }),
  clusterArn: required({
    name: 'EXECUTOR_CLUSTER_ARN',
    group,
    functions: every,
    kind: text,
    sentence: 'The ECS cluster of the tasks.',
  }),
  subnetIds: required({
    name: 'EXECUTOR_SUBNET_IDS',
    group,
    functions: dispatcher,
    kind: list(','),
    sentence: 'Subnets for tasks.',
  }),
  securityGroupIds: required({
    name: 'EXECUTOR_SECURITY_GROUP_IDS',
    group,
    functions: dispatcher,
    kind: list(','),
    sentence: 'Security groups of tasks.',
  }),
  assignPublicIp: setting({
    name: 'EXECUTOR_ASSIGN_PUBLIC_IP',
    group,
    functions: dispatcher,
    kind: boolean,
    default: 'false',
    sentence: 'Whether a task gets a public address; needed in subnets without NAT or endpoints.',
  }),
  runnerImage: required({
    name: 'EXECUTOR_RUNNER_IMAGE',
    group,
    functions: looking,
    kind: text,
    sentence: 'Image of the step-runner, by digest.',
  }),
  executionRoleArn: required({
    name: 'EXECUTOR_EXECUTION_ROLE_ARN',
    group,
    functions: dispatcher,
    kind: text,
    sentence: 'Role by which ECS pulls images and writes logs; not visible to steps.',
  }),
  stepRoleArn: optional({
    name: 'EXECUTOR_STEP_ROLE_ARN',
    group,
    functions: dispatcher,
    kind: text,
    sentence: 'Task role, usable by every step of every job; none unless asked for.',
  }),
  runnerLogGroup: required({
    name: 'EXECUTOR_RUNNER_LOG_GROUP',
    group,
    functions: dispatcher,
    kind: text,
    sentence: "Log group of the step-runner's own lines.",
  }),
  architecture: setting({
    name: 'EXECUTOR_ARCHITECTURE',
    group,
    functions: toSourcegraph,
    kind: oneOf(['X86_64', 'ARM64']),
    default: 'X86_64',
    sentence: 'Architecture of the tasks; all images of a job must have it.',
  }),
  capacity: setting({
    name: 'EXECUTOR_CAPACITY',
    group,
    functions: toSourcegraph,
    kind: oneOf(['on-demand', 'spot', 'spot-with-fallback']),
    default: 'on-demand',
    sentence: 'Which capacity tasks are launched on.',
  }),
  polling: setting({
    name: 'EXECUTOR_POLLING',
    group,
    functions: looking,
    kind: oneOf(['cheapest', 'lowest-latency']),
    default: 'cheapest',
    sentence: 'With an empty queue, ask once a minute, or at every poll interval.',
  }),
  vcpuQuota: optional({
    name: 'EXECUTOR_VCPU_QUOTA',
    group,
    functions: looking,
    kind: wholeNumber(1),
    sentence: "vCPUs that this pool may use at most; the account's quota unless set.",
  }),
  pullThroughPrefix: optional({
    name: 'EXECUTOR_PULL_THROUGH_PREFIX',
    group,
    functions: dispatcher,
    kind: text,
    sentence: 'ECR pull-through prefix that official Docker Hub images are taken from.',
  }),
  registrySecrets: optional({
    name: 'EXECUTOR_REGISTRY_SECRETS',
    group,
    functions: dispatcher,
    kind: jsonStrings,
    sentence: 'ARN of the secret with the credentials, by registry host, as JSON.',
  }),
  tlsCaBundleSecretArn: optional({
    name: 'EXECUTOR_TLS_CA_BUNDLE_SECRET_ARN',
    group,
    functions: toSourcegraph,
    kind: text,
    sentence: 'The secret with certificates (PEM) to trust, too large for an environment.',
  }),
  taskTags: optional({
    name: 'EXECUTOR_TASK_TAGS',
    group,
    functions: dispatcher,
    kind: jsonStrings,
    sentence: 'Tags of each task, as JSON; for cost allocation.',
  }),
};

type Deployment = typeof DEPLOYMENT;

/** The rows that one function reads. */
export type DeploymentTable<F extends FunctionName> = {
  readonly [K in keyof Deployment as F extends Deployment[K]['functions'][number] ? K : never]: Deployment[K];
};

export type DeploymentValues<F extends FunctionName> = Values<DeploymentTable<F>>;

export function deploymentTable<F extends FunctionName>(name: F): DeploymentTable<F> {
  const rows = Object.entries(DEPLOYMENT).filter(([, row]) => row.functions.some((reader) => reader === name));
  return Object.fromEntries(rows) as unknown as DeploymentTable<F>;
}
