// A Sourcegraph instance as the local program speaks to it: the executor's client, which tells of this machine.
import { execFile } from 'node:child_process';
import os from 'node:os';
import type { TokenSource } from '#sourcegraph/access.ts';
import { connectedExecutor } from '#sourcegraph/connected-executor.ts';
import type { JobResources } from '#sourcegraph/dequeue.ts';
import type { ExecutorClient } from '#sourcegraph/executor-client.ts';
import type { HttpTransport } from '#sourcegraph/http.ts';
import type { Queues } from '#sourcegraph/queues.ts';

export interface InstanceOptions {
  readonly frontendUrl: string;
  readonly token: TokenSource;
  readonly executorName: string;
  readonly queues: Queues;
  readonly resources: JobResources;
  readonly transport: HttpTransport;
  /** PATH, for asking git its version. */
  readonly environment: NodeJS.ProcessEnv;
}

export type ConnectedInstance = ExecutorClient;

export async function connectInstance(options: InstanceOptions): Promise<ConnectedInstance> {
  const { environment, ...rest } = options;
  return connectedExecutor({
    ...rest,
    now: Date.now,
    machine: {
      os: os.platform(),
      architecture: os.arch() === 'x64' ? 'amd64' : os.arch(),
      docker: '',
      git: await gitVersion(environment),
      ignite: '',
      srcCli: '',
    },
  });
}

function gitVersion(environment: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    execFile('git', ['--version'], { env: environment }, (error, stdout) =>
      resolve(error === null ? stdout.replace(/^git version /, '').trim() : ''),
    );
  });
}
