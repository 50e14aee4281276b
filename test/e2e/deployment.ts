// A whole deployment on loopback: the bundled Lambdas in processes of their own with the environment that the stack gives
// them, the doubles of AWS, tasks on an engine of this machine, and a sandbox Sourcegraph.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { bundleFunctions, sharedRunnerEntry } from '#build/bundle.ts';
import type { Engine } from '#local/engines/engine.ts';
import { openProcessEngine } from '#local/engines/process/process-engine.ts';
import type { SandboxJob } from '#local/sandbox/jobs.ts';
import { type Sandbox, startSandbox } from '#local/sandbox/sandbox.ts';
import { type Lease, LeaseSchema } from '#jobs/lease-rules.ts';
import { functionName, logGroupName } from '#settings/pool-names.ts';
import { TABLE } from '#settings/storage.ts';
import { DEPLOYMENT } from '#settings/deployment.ts';
import { SETTINGS } from '#settings/table.ts';
import { type DynamoDbDouble, startDynamoDb } from '../doubles/dynamodb.ts';
import { engineCarrier } from '../doubles/ecs/engine-carrier.ts';
import { type EcsDouble, startEcs } from '../doubles/ecs/start.ts';
import { mapEventSource } from '../doubles/lambda-runtime/event-source-mapping.ts';
import { type InvokeApi, startInvokeApi } from '../doubles/lambda-runtime/invoke-api.ts';
import { Lambda } from '../doubles/lambda-runtime/lambda.ts';
import type { Loopback } from '../doubles/loopback.ts';
import { startLogsAndImages } from '../doubles/logs-and-images.ts';
import { type S3AndSqs, startS3AndSqs } from '../doubles/s3-and-sqs/start.ts';
import { startSecretsAndQuotas } from '../doubles/secrets-and-quotas.ts';
import { TEST_ACCOUNT_ENVIRONMENT, TEST_CLUSTER_ARN } from '../doubles/test-account.ts';
import { tapWire, type Watch } from '../doubles/wire-tap.ts';
import { makeRepository } from '../runner/world/sourcegraph-server.ts';

export const TOKEN_ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:executor-token';
const POOL = 'executor';
/** As the registry knows it. */
export const IMAGE = 'step-runner:1';
export const RUNNER_IMAGE = `123456789012.dkr.ecr.eu-west-1.amazonaws.com/${IMAGE}`;
const DISPATCHER_TIMEOUT_MS = 15 * 60_000;

export const REPOSITORY = 'github.com/example/greetings';

export interface Deployment {
  readonly sandbox: Sandbox;
  readonly dispatcher: Lambda;
  readonly completion: Lambda;
  readonly status: Lambda;
  readonly gate: Lambda;
  /** As the stack gives it to every function. */
  readonly environment: Readonly<Record<string, string>>;
  /** The file of a function. */
  bundle(name: string): string;
  /** Another one, which has read no secret yet; to be closed by whoever asked. */
  newStatus(): Lambda;
  /** By which the dispatcher starts its own stand-by. */
  readonly invokeApi: InvokeApi;
  readonly images: Set<string>;
  readonly secrets: Map<string, string>;
  readonly ecs: EcsDouble['ecs'];
  readonly aws: S3AndSqs;
  /** Of the repository that jobs clone. */
  readonly commit: string;
  /** As it was last written. */
  lease(): Promise<Lease>;
  /** Whether a dispatcher stands by, ready to take over. */
  hasStandBy(): Promise<boolean>;
  /** What is left in table and bucket, by key. */
  leftovers(): Promise<readonly string[]>;
  /** Resolves when the sandbox counts the job as ended. */
  finished(job: SandboxJob): Promise<void>;
  close(): Promise<void>;
}

export interface DeployOptions {
  /** Shipped with the dispatcher, as the stack does. */
  readonly startupScript?: string;
  /** Folder with the bundled functions, for whoever deploys them several times. @default bundled anew */
  readonly bundles?: string;
  /** In the place of those that the deployment has. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Sees what passes between all parts and these three. @default they talk to each other directly */
  readonly watch?: Readonly<Record<'sourcegraph' | 'dynamoDb' | 'ecs', Watch>>;
  /** Until a result message that was not acknowledged comes again. @default 30 */
  readonly visibilitySeconds?: number;
  /** What carries the tasks; closed with the deployment. @default the process engine, with the bundled step-runner */
  readonly engine?: Engine;
}

export async function deploy(options: DeployOptions = {}): Promise<Deployment> {
  const { engine: given, startupScript, watch } = options;
  const root = mkdtempSync(path.join(tmpdir(), 'deployment-'));
  const repositories = path.join(root, 'repositories');
  await mkdir(repositories);
  const commit = makeRepository(repositories, REPOSITORY, { 'README.md': 'hello\n' });
  const functions = path.join(root, 'functions');
  await (options.bundles === undefined
    ? bundleFunctions(functions)
    : cp(options.bundles, functions, { recursive: true }));
  const sandbox = await startSandbox({
    queues: ['batches', 'codeintel'],
    port: 0,
    repository: (name) => (name === REPOSITORY ? path.join(repositories, name) : undefined),
    gitEnvironment: process.env,
  });
  const [dynamoDb, aws, secrets, logs] = await Promise.all([
    startDynamoDb(),
    startS3AndSqs(options),
    startSecretsAndQuotas(() => 64),
    startLogsAndImages(),
  ]);
  secrets.secrets.set(TOKEN_ARN, sandbox.accessToken);
  const engine = given ?? (await processEngine(path.join(root, 'tasks')));
  const ecs = await startEcs(engineCarrier(engine));
  ecs.ecs.onStopped((event) => aws.sendResult(JSON.stringify(event)));
  const tableName = await dynamoDb.createTable();
  const invokeApi = await startInvokeApi((name, event) =>
    name === functionName(POOL, 'dispatcher') ? dispatcher.invoke(event) : undefined,
  );
  const taps: Loopback[] = [];
  const tapped = async (url: string, watched: Watch | undefined): Promise<string> => {
    if (watched === undefined) return url;
    const tap = await tapWire(url, watched);
    taps.push(tap);
    return tap.url;
  };
  const environment = {
    ...TEST_ACCOUNT_ENVIRONMENT,
    AWS_ENDPOINT_URL_DYNAMODB: await tapped(dynamoDb.url, watch?.dynamoDb),
    AWS_ENDPOINT_URL_S3: aws.s3Url,
    AWS_ENDPOINT_URL_SQS: aws.sqsUrl,
    AWS_ENDPOINT_URL_ECS: await tapped(ecs.url, watch?.ecs),
    AWS_ENDPOINT_URL_LAMBDA: invokeApi.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_ENDPOINT_URL_SERVICE_QUOTAS: secrets.url,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logs.url,
    AWS_ENDPOINT_URL_ECR: logs.url,
    ...settingsOf(await tapped(sandbox.url, watch?.sourcegraph), tableName, aws),
    ...options.settings,
    ...(startupScript === undefined ? {} : { [SETTINGS.startupScriptPath.name]: 'startup-script' }),
  };
  if (startupScript !== undefined) {
    writeFileSync(path.join(functions, 'dispatcher', 'startup-script'), startupScript);
  }
  const lambda = (name: string, timeoutMs: number): Lambda =>
    new Lambda({ file: path.join(functions, name, 'index.mjs'), environment, timeoutMs });
  const dispatcher = lambda('dispatcher', DISPATCHER_TIMEOUT_MS);
  const completion = lambda('completion', 30_000);
  const status = lambda('status', 30_000);
  const gate = lambda('gate', 120_000);
  logs.groups.set(logGroupName(POOL, 'dispatcher'), () => dispatcher.lines);
  logs.groups.set(logGroupName(POOL, 'completion'), () => completion.lines);
  const mapping = mapEventSource(aws.sqs, aws.resultsQueueUrl, completion);
  return {
    sandbox,
    dispatcher,
    completion,
    status,
    gate,
    environment,
    bundle: (name) => path.join(functions, name, 'index.mjs'),
    newStatus: () => lambda('status', 30_000),
    invokeApi,
    images: logs.images,
    secrets: secrets.secrets,
    ecs: ecs.ecs,
    aws,
    commit,
    lease: () => readLease(dynamoDb, tableName),
    hasStandBy: async () => (await readLease(dynamoDb, tableName)).standBy?.ready === true,
    leftovers: () => leftovers(dynamoDb, tableName, aws),
    finished: async (job) => {
      while (job.finishedAt === undefined) await sleep(20);
    },
    close: async () => {
      await invokeApi.close();
      await dispatcher.close();
      await mapping.close();
      await completion.close();
      await status.close();
      await gate.close();
      await engine.close();
      await Promise.all(taps.map((tap) => tap.close()));
      await Promise.all([ecs.close(), aws.close(), secrets.close(), logs.close(), dynamoDb.close(), sandbox.close()]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export async function processEngine(stateFolder: string): Promise<Engine> {
  return openProcessEngine({
    runnerCommand: [process.execPath, await sharedRunnerEntry()],
    stateFolder,
    environment: process.env,
    runnerOutput: 'ignore',
  });
}

function settingsOf(frontendUrl: string, tableName: string, aws: S3AndSqs): Record<string, string> {
  const name = (row: { readonly name: string }): string => row.name;
  return {
    [name(SETTINGS.frontendUrl)]: frontendUrl,
    [name(SETTINGS.queueNames)]: 'batches,codeintel',
    [name(SETTINGS.maximumNumJobs)]: '4',
    [name(SETTINGS.queuePollInterval)]: '200ms',
    [name(SETTINGS.jobNumCpus)]: '1',
    [name(SETTINGS.jobMemory)]: '2G',
    [name(DEPLOYMENT.poolName)]: POOL,
    [name(DEPLOYMENT.tokenSecretArn)]: TOKEN_ARN,
    [name(DEPLOYMENT.tableName)]: tableName,
    [name(DEPLOYMENT.bucketName)]: aws.bucketName,
    [name(DEPLOYMENT.resultsQueueUrl)]: aws.resultsQueueUrl,
    [name(DEPLOYMENT.clusterArn)]: TEST_CLUSTER_ARN,
    [name(DEPLOYMENT.subnetIds)]: 'subnet-0a,subnet-0b',
    [name(DEPLOYMENT.securityGroupIds)]: 'sg-0a',
    [name(DEPLOYMENT.runnerImage)]: RUNNER_IMAGE,
    [name(DEPLOYMENT.executionRoleArn)]: 'arn:aws:iam::123456789012:role/execution',
    [name(DEPLOYMENT.runnerLogGroup)]: '/executor/runner',
  };
}

async function readLease({ client }: DynamoDbDouble, tableName: string): Promise<Lease> {
  const key = { [TABLE.partitionKey]: { S: 'lease' }, [TABLE.sortKey]: { S: 'lease' } };
  const { Item: item } = await client.send(new GetItemCommand({ TableName: tableName, Key: key }));
  return LeaseSchema.parse(JSON.parse(item?.['lease']?.S ?? '{}'));
}

async function leftovers(dynamoDb: DynamoDbDouble, tableName: string, aws: S3AndSqs): Promise<readonly string[]> {
  const { Items: items = [] } = await dynamoDb.client.send(new ScanCommand({ TableName: tableName }));
  const { Contents: objects = [] } = await aws.s3.send(new ListObjectsV2Command({ Bucket: aws.bucketName }));
  const records = items.filter((item) => item['key'] !== undefined || item['pk']?.S === 'job');
  return [
    ...records.map((item) => `${item['pk']?.S ?? ''}/${item['sk']?.S ?? ''}`),
    ...objects.map(({ Key = '' }) => Key),
  ];
}
