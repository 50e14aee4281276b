// What stands around the deployed stack: a Sourcegraph to poll, the ECS that LocalStack has not, tasks on the process
// engine with the bundled step-runner, and the stack's own rule between a stopped task and the results queue.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { sharedRunnerEntry } from '#build/bundle.ts';
import type { Engine } from '#local/engines/engine.ts';
import { openProcessEngine } from '#local/engines/process/process-engine.ts';
import { type Sandbox, startSandbox } from '#local/sandbox/sandbox.ts';
import { REPOSITORY } from '../e2e/deployment.ts';
import { engineCarrier } from '../doubles/ecs/engine-carrier.ts';
import { type EcsDouble, startEcs } from '../doubles/ecs/start.ts';
import { makeRepository } from '../runner/world/sourcegraph-server.ts';
import { type Account, ACCOUNT, ACCOUNT_ENVIRONMENT, openAccount, REGION } from './account.ts';
import { type Cdk, cdkAgainst, type Context } from './cdk.ts';
import type { Given } from './environment.ts';
import { freePort } from './server.ts';

export const POOL = 'pool';
export const CLUSTER_ARN = `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/${POOL}`;
export const TOKEN_SECRET = 'sourcegraph/executor-token';
export const RUNNER_IMAGE = 'registry.example.com/step-runner@sha256:0123';

export interface World {
  readonly account: Account;
  readonly cdk: Cdk;
  /** Of the stack, as an operator gives it. */
  readonly context: Context;
  readonly ecs: EcsDouble['ecs'];
  /** Of the repository that jobs clone. */
  readonly commit: string;
  /** Until then nothing listens where the stack's `frontendUrl` points. */
  startSourcegraph(): Promise<Sandbox>;
  close(): Promise<void>;
}

export async function openWorld({ url, folder, functionEnvironmentFile }: Given): Promise<World> {
  const account = openAccount(url);
  const repositories = path.join(folder, 'repositories');
  mkdirSync(repositories);
  const commit = makeRepository(repositories, REPOSITORY, { 'README.md': 'hello\n' });
  const engine = await openProcessEngine({
    runnerCommand: [process.execPath, await sharedRunnerEntry()],
    stateFolder: path.join(folder, 'tasks'),
    environment: process.env,
    runnerOutput: 'ignore',
  });
  const ecs = await startEcs(engineCarrier(engine), { clusterArn: CLUSTER_ARN });
  ecs.ecs.onStopped((event) => void putEvent(account, event as StateChange));
  writeFileSync(
    functionEnvironmentFile,
    // LocalStack signs nothing that it would then check but by the keys of its account.
    JSON.stringify({ AWS_ENDPOINT_URL_ECS: ecs.url, ...ACCOUNT_ENVIRONMENT, AWS_SESSION_TOKEN: null }),
  );
  const port = await freePort();
  const opened: Sandbox[] = [];
  return {
    account,
    cdk: cdkAgainst(url, folder),
    context: {
      frontendUrl: `http://127.0.0.1:${port}`,
      accessTokenSecret: TOKEN_SECRET,
      poolName: POOL,
      queues: 'batches,codeintel',
      cpus: '1',
      memoryMiB: '2048',
      runnerImage: RUNNER_IMAGE,
      environment: JSON.stringify({ EXECUTOR_QUEUE_POLL_INTERVAL: '200ms', SRC_LOG_LEVEL: 'debug' }),
    },
    ecs: ecs.ecs,
    commit,
    startSourcegraph: async () => {
      const sandbox = await startSandbox({
        queues: ['batches', 'codeintel'],
        port,
        repository: (name) => (name === REPOSITORY ? path.join(repositories, name) : undefined),
        gitEnvironment: process.env,
      });
      opened.push(sandbox);
      return sandbox;
    },
    close: () => closeAll(engine, ecs, opened),
  };
}

async function closeAll(engine: Engine, ecs: EcsDouble, sandboxes: readonly Sandbox[]): Promise<void> {
  await engine.close();
  await ecs.close();
  for (const sandbox of sandboxes) await sandbox.close();
}

interface StateChange {
  readonly source: string;
  readonly 'detail-type': string;
  readonly time: string;
  readonly resources: string[];
  readonly detail: object;
}

/** As ECS does it: on the account's default bus. */
async function putEvent({ events }: Account, event: StateChange): Promise<void> {
  const entry = {
    Source: event.source,
    DetailType: event['detail-type'],
    Time: new Date(event.time),
    Resources: event.resources,
    Detail: JSON.stringify(event.detail),
  };
  await events.send(new PutEventsCommand({ Entries: [entry] }));
}
