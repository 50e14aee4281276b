// The executor's side of the API in one object: what the dispatcher and the local program call. It has the shape of
// `Instance` in jobs/world.ts without knowing it. Nothing is repeated here: polling, heartbeats and "mark due" are loops
// of their own, which know better than a client when to come back.
import type { HeldJob, JobAccess, JobOfCall, TokenSource } from './access.ts';
import { addExecutionLogEntry } from './add-execution-log-entry.ts';
import type { Refused, Unreachable } from './answers.ts';
import { dequeue, type JobResources, type UnreadableJob } from './dequeue.ts';
import type { Wire } from './exchange.ts';
import { withExecutorToken } from './executor-token.ts';
import type { ExecutionLogEntry } from './execution-log-entry.ts';
import { heartbeat, type ExecutorVersions, type HeartbeatAnswer } from './heartbeat.ts';
import type { HttpTransport } from './http.ts';
import type { Job } from './job.ts';
import { mark, type MarkAnswer, type MarkOutcome } from './mark.ts';
import type { Queues } from './queues.ts';
import { testAuth } from './test-auth.ts';
import { updateExecutionLogEntry } from './update-execution-log-entry.ts';
import { instanceVersion } from './version.ts';

export interface ExecutorClientOptions {
  /** Scheme and host, no trailing slash. */
  readonly frontendUrl: string;
  readonly token: TokenSource;
  readonly executorName: string;
  readonly queues: Queues;
  readonly resources: JobResources;
  /** Asked at each dequeue and heartbeat: the instance's own version may become known, or change, while we run. */
  readonly versions: () => ExecutorVersions;
  /** Prometheus text for each heartbeat; none unless given. */
  readonly metrics?: () => string;
  readonly transport: HttpTransport;
}

/** An entry that the executor itself writes; with an ID it replaces that entry. */
export interface ExecutorLogEntry extends Omit<ExecutionLogEntry, 'command'> {
  readonly entryId?: number;
}

/** A job that cannot be read has been marked as failed with the reason. */
export interface EndedUnread {
  readonly kind: 'unreadable-job';
  readonly message: string;
}

export interface ExecutorClient {
  authenticate(signal?: AbortSignal): Promise<'ok' | Unreachable | Refused>;
  version(
    signal?: AbortSignal,
  ): Promise<{ readonly kind: 'version'; readonly version: string } | Unreachable | Refused>;
  dequeue(
    signal?: AbortSignal,
  ): Promise<
    | { readonly kind: 'dequeued'; readonly queue: string; readonly job: Job }
    | { readonly kind: 'empty' }
    | EndedUnread
    | Unreachable
    | Refused
  >;
  heartbeat(held: readonly HeldJob[], signal?: AbortSignal): Promise<HeartbeatAnswer>;
  mark(job: JobOfCall, outcome: MarkOutcome, signal?: AbortSignal): Promise<MarkAnswer>;
  logEntry(
    job: JobOfCall,
    entry: ExecutorLogEntry,
    signal?: AbortSignal,
  ): Promise<{ readonly kind: 'logged'; readonly entryId: number } | 'not-ours' | Unreachable | Refused>;
}

export function createExecutorClient(options: ExecutorClientOptions): ExecutorClient {
  const { executorName, frontendUrl, queues, resources, versions } = options;
  const wire: Wire = { transport: options.transport, frontendUrl };
  const asExecutor = <T extends object | string>(call: string, act: (token: string) => Promise<T | Refused>) =>
    withExecutorToken(options.token, { call, frontendUrl }, act);
  const accessTo = (job: JobOfCall): JobAccess => ({ ...job, token: job.token, frontendUrl, executorName });
  // The executor's token is read for a job only when the job brings none.
  const asJob = <T extends object | string>(
    call: string,
    job: JobOfCall,
    act: (access: JobAccess, fallback: string | undefined) => Promise<T | Refused>,
  ) =>
    job.token !== undefined
      ? act(accessTo(job), undefined)
      : asExecutor(call, (executorToken) => act(accessTo(job), executorToken));

  const client: ExecutorClient = {
    authenticate: (signal) => asExecutor('connecting', (token) => testAuth(wire, token, signal)),
    version: (signal) => instanceVersion(wire, signal),
    heartbeat: (held, signal) => {
      const request = {
        executorName,
        queues,
        held,
        versions: versions(),
        prometheusMetrics: options.metrics?.() ?? '',
      };
      return asExecutor('heartbeat', (token) => heartbeat(wire, token, request, signal));
    },
    mark: (job, outcome, signal) =>
      asJob('mark', job, (access, fallback) => mark(wire, access, fallback, outcome, signal)),
    logEntry: (job, entry, signal) =>
      asJob('log entry', job, (access, fallback) => writeLogEntry(wire, access, fallback, entry, signal)),
    dequeue: async (signal) => {
      const request = { executorName, version: versions().executor, queues, resources };
      const answer = await asExecutor('dequeue', (token) => dequeue(wire, token, request, signal));
      return answer.kind === 'unreadable' ? giveUpUnreadable(client, answer, signal) : answer;
    },
  };
  return client;
}

/**
 * A job that cannot be read would stall three times, 25 s each, and then fail without a reason. We hold it, so we end it
 * with the reason, at once. Where even that fails it is, to the caller, an answer that could not be read.
 */
async function giveUpUnreadable(
  client: ExecutorClient,
  job: UnreadableJob,
  signal: AbortSignal | undefined,
): Promise<EndedUnread | Unreachable> {
  const errorMessage = `this executor cannot read the job that Sourcegraph sent: ${job.problem}`;
  const marked = await client.mark(job, { kind: 'failed', errorMessage }, signal);
  const name = `job ${job.jobId} of ${job.queue}`;
  if (marked === 'marked') return { kind: 'unreadable-job', message: `${name} marked as failed: ${job.problem}` };
  const message = `${name} could not be marked, Sourcegraph will give it out again: ${job.problem}`;
  return { kind: 'unreachable', why: 'garbled', message, mayHaveTakenEffect: true };
}

async function writeLogEntry(
  wire: Wire,
  job: JobAccess,
  fallback: string | undefined,
  entry: ExecutorLogEntry,
  signal: AbortSignal | undefined,
): Promise<{ kind: 'logged'; entryId: number } | 'not-ours' | Unreachable | Refused> {
  const { entryId, ...rest } = entry;
  const full: ExecutionLogEntry = { ...rest, command: null };
  if (entryId !== undefined) {
    const updated = await updateExecutionLogEntry(wire, job, fallback, entryId, full, signal);
    if (updated.kind === 'updated') return { kind: 'logged', entryId };
    return updated.kind === 'unknown-job' ? 'not-ours' : updated;
  }
  const added = await addExecutionLogEntry(wire, job, fallback, full, signal);
  switch (added.kind) {
    case 'added':
      return { kind: 'logged', entryId: added.entryId };
    case 'unknown-job':
      return 'not-ours';
    case 'unknown-whether-added':
      return added.cause;
    case 'unreachable':
    case 'refused':
      return added;
  }
}
