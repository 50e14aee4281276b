// The rules of a Sourcegraph instance towards executors, as a core without I/O: it takes the time and the draw and
// answers. HTTP is a skin over it (./http.ts), and the simulation calls it directly. What the real instance refuses is
// refused here, with the status that the real one gives.
import { isFinished, newJob, type JobTemplate, type LogEntry, type SandboxJob } from './jobs.ts';
import { QueueChoice } from './queue-choice.ts';
import { finish, isStalled, resetStalled, STALL_RULE, type StallRule } from './stall.ts';
import { cacheEntries } from './step-results.ts';
import { payloadVersion } from './version.ts';

export interface RulesWorld {
  now(): number;
  /** At least 0, below 1. */
  fraction(): number;
  /** An unguessable hexadecimal token. */
  token(): string;
}

export interface RulesOptions {
  readonly queues: readonly string[];
  /** Old instances give their jobs no token. @default true */
  readonly jobTokens?: boolean;
  /** For tests in which executors die often. @default the real instance's rule */
  readonly stall?: StallRule;
}

/** A definite no with the real instance's status and text; `json` is its error object instead. */
export interface RuleError {
  readonly kind: 'error';
  readonly status: number;
  readonly text?: string;
  readonly json?: unknown;
}

export interface JobIdentity {
  /** From `Authorization: Bearer`; absent when the executor's own token was used. */
  readonly jobToken?: string;
  readonly jobId: number;
  readonly executorName: string;
}

export type QueueIds = readonly { readonly queue: string; readonly jobIds: readonly number[] }[];

const failure = (message: string): RuleError => ({ kind: 'error', status: 500, json: { error: message } });
const jobKey = (queue: string, id: number): string => `${id}-${queue}`;

export class SandboxRules {
  private readonly world: RulesWorld;
  private readonly options: RulesOptions;
  private readonly jobsByKey = new Map<string, SandboxJob>();
  private readonly queued = new Map<string, SandboxJob[]>();
  private readonly processing = new Set<SandboxJob>();
  private readonly byToken = new Map<string, SandboxJob>();
  private readonly nextId = new Map<string, number>();
  private readonly choice = new QueueChoice();
  private readonly listeners = new Set<(job: SandboxJob) => void>();
  /** Executors that have sent a heartbeat, by name: when they were last seen. */
  readonly executors = new Map<string, number>();

  constructor(world: RulesWorld, options: RulesOptions) {
    this.world = world;
    this.options = options;
    for (const queue of options.queues) this.queued.set(queue, []);
  }

  // ---- What a user does ----

  enqueue(queue: string, template: JobTemplate): SandboxJob {
    const waiting = this.queued.get(queue);
    if (waiting === undefined) throw new Error(`the sandbox has no queue ${JSON.stringify(queue)}`);
    const id = (this.nextId.get(queue) ?? 0) + 1;
    this.nextId.set(queue, id);
    const job = newJob(queue, id, template);
    this.jobsByKey.set(jobKey(queue, id), job);
    waiting.push(job);
    this.changed(job);
    return job;
  }

  /** A queued job is canceled at once; a running one when its executor says so, or when it stalls. */
  cancel(queue: string, id: number): void {
    const job = this.jobsByKey.get(jobKey(queue, id));
    if (job === undefined || isFinished(job)) return;
    job.cancelRequested = true;
    if (job.state === 'queued') {
      this.dropFromQueue(job);
      finish(job, 'canceled', 'canceled', this.world.now());
    }
    this.changed(job);
  }

  hasQueue(queue: string): boolean {
    return this.queued.has(queue);
  }

  job(queue: string, id: number): SandboxJob | undefined {
    return this.jobsByKey.get(jobKey(queue, id));
  }

  jobs(): readonly SandboxJob[] {
    return [...this.jobsByKey.values()];
  }

  /** Called after each change of a job that a user would see. Returns the unsubscribe function. */
  onChange(listener: (job: SandboxJob) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** The resetter's round; also made before every answer, so that a late round never shows. */
  resetStalledJobs(): void {
    const now = this.world.now();
    const rule = this.options.stall ?? STALL_RULE;
    for (const job of this.processing) {
      if (!isStalled(job, now, rule)) continue;
      this.processing.delete(job);
      resetStalled(job, now, rule);
      if (job.state === 'queued') this.queued.get(job.queue)?.unshift(job);
      this.changed(job);
    }
  }

  // ---- What an executor does ----

  /** `several`: the several-queues route, whose answer names the job's queue. */
  dequeue(request: {
    readonly executorName: string;
    readonly version: string;
    readonly queues: readonly string[];
    readonly several: boolean;
  }):
    | RuleError
    | { readonly kind: 'empty' }
    | { readonly kind: 'job'; readonly job: SandboxJob; readonly wire: Record<string, unknown> } {
    this.resetStalledJobs();
    if (request.executorName === '') return failure('worker hostname cannot be empty');
    const version = payloadVersion(request.version);
    if (version.kind === 'invalid') return failure(version.message);
    const unknown = request.queues.filter((queue) => !this.queued.has(queue));
    if (unknown.length > 0) {
      return failure(
        `Invalid queue name(s) '${unknown.join(', ')}' found. Supported queue names are '${this.options.queues.join(', ')}'.`,
      );
    }
    const candidates = request.queues.filter((queue) => (this.queued.get(queue)?.length ?? 0) > 0);
    const now = this.world.now();
    const queue = request.several ? this.choice.choose(candidates, now, this.world.fraction()) : candidates[0];
    const job = queue === undefined ? undefined : this.queued.get(queue)?.shift();
    if (job === undefined) return { kind: 'empty' };
    this.choice.note(job.queue, now);
    return { kind: 'job', job, wire: this.handOut(job, request.executorName, request.several, now) };
  }

  private handOut(job: SandboxJob, executorName: string, several: boolean, now: number): Record<string, unknown> {
    if (job.token !== undefined) this.byToken.delete(job.token);
    job.state = 'processing';
    job.executorName = executorName;
    job.heartbeatAt = now;
    job.startedAt = now;
    job.dequeues += 1;
    job.logs = [];
    job.failureMessage = undefined;
    job.token = this.options.jobTokens === false ? undefined : this.world.token();
    if (job.token !== undefined) this.byToken.set(job.token, job);
    this.processing.add(job);
    this.changed(job);
    return {
      ...job.template,
      id: job.id,
      ...(several ? { queue: job.queue } : {}),
      ...(job.token === undefined ? {} : { token: job.token }),
    };
  }

  /** `configured` are the queue names of a several-queues executor; undefined on the single-queue route. */
  heartbeat(request: {
    readonly executorName: string;
    readonly held: QueueIds;
    readonly configured?: readonly string[];
  }):
    | RuleError
    | { readonly kind: 'answered'; readonly known: readonly SandboxJob[]; readonly cancel: readonly SandboxJob[] } {
    this.resetStalledJobs();
    if (request.executorName === '') return failure('worker hostname cannot be empty');
    const configured = request.configured;
    if (configured !== undefined) {
      if (configured.length === 0) return failure('queueNames must be set for multi-queue heartbeats');
      const outside = request.held.map(({ queue }) => queue).filter((queue) => !configured.includes(queue));
      if (outside.length > 0) {
        return failure(
          `unsupported queue name(s) '${outside.join(', ')}' submitted in queueJobIds, executor is configured for queues '${configured.join(', ')}'`,
        );
      }
    }
    const now = this.world.now();
    this.executors.set(request.executorName, now);
    const known = request.held
      .flatMap(({ queue, jobIds }) => jobIds.map((id) => this.jobsByKey.get(jobKey(queue, id))))
      .filter((job) => job !== undefined)
      .filter((job) => owns(job, request.executorName));
    for (const job of known) job.heartbeatAt = now;
    return { kind: 'answered', known, cancel: known.filter((job) => job.cancelRequested) };
  }

  addLogEntry(
    queue: string,
    identity: JobIdentity,
    entry: LogEntry,
  ): RuleError | { readonly kind: 'added'; readonly entryId: number } {
    const job = this.ownedJob(queue, identity);
    if (job !== undefined && 'kind' in job) return job;
    if (job === undefined || !owns(job, identity.executorName)) return failure('unknown job');
    job.logs.push(entry);
    this.changed(job);
    return { kind: 'added', entryId: job.logs.length };
  }

  updateLogEntry(
    queue: string,
    identity: JobIdentity,
    entryId: number,
    entry: LogEntry,
  ): RuleError | { readonly kind: 'updated' } {
    const job = this.ownedJob(queue, identity);
    if (job !== undefined && 'kind' in job) return job;
    if (job === undefined || !owns(job, identity.executorName)) return failure('unknown job');
    if (entryId < 1 || entryId > job.logs.length) return failure('unknown job');
    job.logs[entryId - 1] = entry;
    this.changed(job);
    return { kind: 'updated' };
  }

  mark(
    queue: string,
    identity: JobIdentity,
    outcome: 'completed' | 'errored' | 'failed',
    errorMessage: string | undefined,
  ): RuleError | { readonly kind: 'marked' } {
    const job = this.ownedJob(queue, identity);
    if (job !== undefined && 'kind' in job) return job;
    if (job === undefined || !owns(job, identity.executorName)) return { kind: 'error', status: 404, json: null };
    this.processing.delete(job);
    if (job.token !== undefined) this.byToken.delete(job.token);
    job.marks += 1;
    const now = this.world.now();
    if (job.cancelRequested) finish(job, 'canceled', errorMessage ?? 'canceled', now);
    else if (outcome !== 'completed') finish(job, outcome, errorMessage, now);
    else if (queue === 'batches' && cacheEntries(job.logs).length === 0)
      finish(job, 'failed', 'found no step results', now);
    else finish(job, 'completed', undefined, now);
    this.changed(job);
    return { kind: 'marked' };
  }

  /** The git and files routes: whose token is it? `error` as those routes answer. */
  authorize(identity: JobIdentity): RuleError | { readonly kind: 'job'; readonly job: SandboxJob } {
    const job = this.byToken.get(identity.jobToken ?? '');
    if (job === undefined) return { kind: 'error', status: 401, text: 'invalid token' };
    if (job.id !== identity.jobId) return { kind: 'error', status: 403, text: 'invalid token' };
    if (!this.executors.has(identity.executorName)) return { kind: 'error', status: 401, text: 'invalid executor' };
    return { kind: 'job', job };
  }

  private ownedJob(queue: string, identity: JobIdentity): SandboxJob | RuleError | undefined {
    this.resetStalledJobs();
    if (identity.jobToken !== undefined) {
      const authorized = this.authorize(identity);
      if (authorized.kind === 'error') return authorized;
      if (authorized.job.queue !== queue) return { kind: 'error', status: 403, text: 'invalid token' };
      return authorized.job;
    }
    return this.jobsByKey.get(jobKey(queue, identity.jobId));
  }

  private dropFromQueue(job: SandboxJob): void {
    const waiting = this.queued.get(job.queue) ?? [];
    this.queued.set(
      job.queue,
      waiting.filter((other) => other !== job),
    );
  }

  private changed(job: SandboxJob): void {
    for (const listener of this.listeners) listener(job);
  }
}

function owns(job: SandboxJob, executorName: string): boolean {
  return job.state === 'processing' && job.executorName === executorName;
}
