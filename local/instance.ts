// A Sourcegraph instance as the local program speaks to it: the HTTP client, what it reports of itself, and the metrics
// that Sourcegraph's own alerts read.
import { execFile } from 'node:child_process';
import os from 'node:os';
import type { Instance } from '#jobs/world.ts';
import type { JobResources } from '#sourcegraph/dequeue.ts';
import { createExecutorClient, type ExecutorClient } from '#sourcegraph/executor-client.ts';
import type { HttpTransport } from '#sourcegraph/http.ts';
import { ProcessorMetrics } from '#sourcegraph/processor-metrics.ts';
import type { Queues } from '#sourcegraph/queues.ts';

/** Reported until the instance has told its own version: one that is given version 2 jobs. */
const VERSION_UNTIL_KNOWN = '7.6.0';
const MINUTE_MS = 60_000;

export interface InstanceOptions {
  readonly frontendUrl: string;
  readonly token: string;
  readonly executorName: string;
  readonly queues: Queues;
  readonly resources: JobResources;
  readonly transport: HttpTransport;
  /** PATH, for asking git its version. */
  readonly environment: NodeJS.ProcessEnv;
}

export interface ConnectedInstance extends Instance {
  readonly client: ExecutorClient;
}

/** Reports the instance's own version, so that an executor is never shown as outdated; asked again after ten minutes. */
export async function connectInstance(options: InstanceOptions): Promise<ConnectedInstance> {
  const metrics = new ProcessorMetrics(
    options.queues.kind === 'single' ? [options.queues.name] : options.queues.names,
    Date.now,
  );
  const known = { version: VERSION_UNTIL_KNOWN, askedAt: -Infinity };
  const git = await gitVersion(options.environment);
  const client = createExecutorClient({
    ...options,
    token: () => options.token,
    metrics: () => metrics.text(),
    versions: () => ({
      executor: known.version,
      os: os.platform(),
      architecture: os.arch() === 'x64' ? 'amd64' : os.arch(),
      docker: '',
      git,
      ignite: '',
      srcCli: '',
    }),
  });
  const learnVersion = async (signal: AbortSignal): Promise<void> => {
    if (Date.now() - known.askedAt < 10 * MINUTE_MS) return;
    known.askedAt = Date.now();
    const answer = await client.version(signal);
    if (answer.kind === 'version') known.version = answer.version;
  };
  return {
    client,
    authenticate: async (signal) => {
      await learnVersion(signal);
      return client.authenticate(signal);
    },
    dequeue: async (signal) => {
      await learnVersion(signal);
      return client.dequeue(signal);
    },
    heartbeat: (held, signal) => {
      metrics.noteHeld(held);
      return client.heartbeat(held, signal);
    },
    mark: async (job, outcome, signal) => {
      const answer = await client.mark(job, outcome, signal);
      if (answer === 'marked' && outcome.kind !== 'completed') metrics.noteError(job.queue);
      return answer;
    },
    logEntry: (job, entry, signal) => client.logEntry(job, entry, signal),
  };
}

function gitVersion(environment: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    execFile('git', ['--version'], { env: environment }, (error, stdout) =>
      resolve(error === null ? stdout.replace(/^git version /, '').trim() : ''),
    );
  });
}
