// An executor's client with what it tells of itself: the instance's own version, so that it is never shown as outdated,
// and the metrics that Sourcegraph's alerts read. The same on one machine and in a Lambda.
import type { HeldJob } from './access.ts';
import { createExecutorClient, type ExecutorClient, type ExecutorClientOptions } from './executor-client.ts';
import type { ExecutorVersions } from './heartbeat.ts';
import { ProcessorMetrics } from './processor-metrics.ts';

/** Reported until the instance has told its own version: one that is given version 2 jobs. */
const VERSION_UNTIL_KNOWN = '7.6.0';
const ASK_AGAIN_MS = 10 * 60_000;

export interface ConnectedExecutorOptions extends Omit<ExecutorClientOptions, 'metrics' | 'versions'> {
  /** What the admin page shows of the machine. */
  readonly machine: Omit<ExecutorVersions, 'executor'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export function connectedExecutor(options: ConnectedExecutorOptions): ExecutorClient {
  const { machine, now, queues } = options;
  const metrics = new ProcessorMetrics(queues.kind === 'single' ? [queues.name] : queues.names, now);
  const known = { version: VERSION_UNTIL_KNOWN, askedAt: -Infinity };
  const client = createExecutorClient({
    ...options,
    metrics: () => metrics.text(),
    versions: () => ({ executor: known.version, ...machine }),
  });
  const learnVersion = async (signal: AbortSignal | undefined): Promise<void> => {
    if (now() - known.askedAt < ASK_AGAIN_MS) return;
    known.askedAt = now();
    const answer = await client.version(signal);
    if (answer.kind === 'version') known.version = answer.version;
  };
  return {
    ...client,
    authenticate: async (signal) => {
      await learnVersion(signal);
      return client.authenticate(signal);
    },
    dequeue: async (signal) => {
      await learnVersion(signal);
      return client.dequeue(signal);
    },
    heartbeat: (held: readonly HeldJob[], signal) => {
      metrics.noteHeld(held);
      return client.heartbeat(held, signal);
    },
    mark: async (job, outcome, signal) => {
      const answer = await client.mark(job, outcome, signal);
      if (answer === 'marked' && outcome.kind !== 'completed') metrics.noteError(job.queue);
      return answer;
    },
  };
}
