// The executor on one machine: the dispatch and completion code that runs on AWS, over an engine in place of ECS and
// memory in place of DynamoDB, S3 and SQS. The queue that must survive is Sourcegraph's: what a kill takes with it, the
// instance gives out again.
import { randomBytes } from 'node:crypto';
import { complete } from '#jobs/complete/complete.ts';
import { type InvocationEnd, runInvocation } from '#jobs/dispatch/run-invocation.ts';
import { parseAttemptId } from '#jobs/keys.ts';
import type { DispatchOptions } from '#jobs/options.ts';
import type { TokenSource } from '#sourcegraph/access.ts';
import { realClock } from '#runner/real-clock.ts';
import type { Instance, Journal, World } from '#jobs/world.ts';
import { EngineLauncher } from './engine-launcher.ts';
import type { Engine } from './engines/engine.ts';
import { MemoryJobStore } from './memory/job-store.ts';
import { MemoryLeaseStore } from './memory/lease-store.ts';
import { PayloadServer } from './memory/payload-server.ts';
import { MemoryPayloadStore } from './memory/payload-store.ts';
import { MemoryResultsQueue } from './memory/results-queue.ts';
import { oneMarkAtATime } from './one-mark-at-a-time.ts';
import { realRandom } from '#runner/real-random.ts';

export interface LocalExecutorOptions {
  readonly instance: Instance;
  /** For jobs that bring no token of their own, as those of old instances: their routes are then called with this one. */
  readonly executorToken: TokenSource;
  /** Closed by the executor at its end. */
  readonly engine: Engine;
  readonly dispatch: DispatchOptions;
  readonly journal: Journal;
  /** The host by which the engine's tasks reach this program. @default 127.0.0.1 */
  readonly payloadHost?: { readonly listen: string; readonly reachedAs: string };
  /** Milliseconds between two looks for what dead programs left behind; the first is at the start. @default never again */
  readonly cleanUpEveryMs?: number;
}

export interface LocalExecutor {
  /** Resolves when nothing of it runs any more. */
  readonly ended: Promise<InvocationEnd>;
  /** No more dequeues; ends when the running jobs have. */
  drain(): void;
  /** Tasks and heartbeats stop at once: the instance gives the jobs to others. */
  abort(): void;
}

export async function startLocalExecutor(options: LocalExecutorOptions): Promise<LocalExecutor> {
  const { dispatch, engine, journal } = options;
  const server = await PayloadServer.listen(
    options.payloadHost === undefined
      ? {}
      : { host: options.payloadHost.listen, publicHost: options.payloadHost.reachedAs },
  );
  const results = new MemoryResultsQueue({
    clock: realClock,
    handle: (message) => complete(world, dispatch, message),
    onDead: (message, error) =>
      journal.log('error', 'a message could not be handled', { message: message.kind, error }),
  });
  const payloads = new MemoryPayloadStore({
    urls: server.urls,
    secret: () => randomBytes(24).toString('hex'),
    finish: async (payload) =>
      payload.job.token === undefined ? { ...payload, executorToken: await options.executorToken('cached') } : payload,
    onResult: (attempt) => void results.send({ kind: 'result-stored', attempt }),
  });
  server.serve(payloads);
  const tasks = new EngineLauncher(
    engine,
    (stopped) => void results.send({ kind: 'task-stopped', stopped }),
    async (attempt) => {
      const named = parseAttemptId(attempt);
      const job = named.kind === 'attempt' ? await payloads.loadJob(named.key) : 'none';
      return job === 'none' ? {} : job.dockerAuthConfig.auths;
    },
  );
  const world: World = {
    clock: realClock,
    random: realRandom,
    instance: oneMarkAtATime(options.instance),
    jobs: new MemoryJobStore(),
    lease: new MemoryLeaseStore(),
    payloads,
    tasks,
    results,
    journal,
  };

  await removeOrphans(engine, journal);
  const cleaning = new AbortController();
  if (options.cleanUpEveryMs !== undefined)
    void keepRemovingOrphans(engine, journal, options.cleanUpEveryMs, cleaning.signal);

  const draining = new AbortController();
  const aborting = new AbortController();
  const invocation = runInvocation(world, dispatch, {
    id: realRandom.id(),
    until: Infinity,
    whenIdle: 'poll',
    expectsStandBy: false,
    drain: draining.signal,
    abort: aborting.signal,
  });
  return {
    ended: invocation.finally(async () => {
      cleaning.abort();
      // First: what the engine stops below is nobody's outcome, and must not be marked.
      tasks.close();
      results.close();
      await engine.close();
      await server.close();
    }),
    drain: () => draining.abort(),
    abort: () => aborting.abort(),
  };
}

async function keepRemovingOrphans(
  engine: Engine,
  journal: Journal,
  everyMs: number,
  over: AbortSignal,
): Promise<void> {
  while ((await realClock.sleep(everyMs, over)) === 'slept') await removeOrphans(engine, journal);
}

/** An engine that does not answer now is asked again later. */
async function removeOrphans(engine: Engine, journal: Journal): Promise<void> {
  try {
    const tasks = await engine.removeOrphans();
    if (tasks > 0) journal.log('info', 'removed what a dead predecessor left behind', { tasks });
  } catch (error) {
    journal.log('warn', 'what dead predecessors left behind cannot be removed', { error });
  }
}
