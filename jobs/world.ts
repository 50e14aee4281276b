// The world as dispatch and completion see it, and all that they see of it. Every expected answer is data; every call
// that waits takes a signal; times are milliseconds since the epoch. Implementations: functions/aws (DynamoDB, S3, ECS,
// SQS), local/memory (one machine), test/simulation (virtual time and faults). One contract test an interface runs over all.
import type { HeldJob, JobOfCall } from '#sourcegraph/access.ts';
import type { Job } from '#sourcegraph/job.ts';
import type { AttemptId, JobKey } from './keys.ts';
import type { JobResult } from './job-result.ts';
import type { MetricName } from './metrics.ts';
import type { Links, Payload } from './payload.ts';
import type { JobRecord } from './record.ts';
import type { TaskDefinition } from './task-definition.ts';
import type { TaskStopped } from './task-stopped.ts';

export type Millis = number;

export interface Clock {
  now(): Millis;
  sleep(ms: Millis, signal?: AbortSignal): Promise<'slept' | 'aborted'>;
}

export interface Random {
  /** At least 0, below 1. */
  fraction(): number;
  /** 16 lower-case hexadecimal digits. */
  id(): string;
}

/** No answer, or none that could be read: whether the request took effect is unknown. */
export interface Unreachable {
  readonly kind: 'unreachable';
  readonly message: string;
}

/** A definite no. */
export interface Refused {
  readonly kind: 'refused';
  readonly status: number;
  readonly message: string;
}

// ---- Sourcegraph ----

export type { HeldJob };

export type MarkOutcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'errored'; readonly errorMessage: string }
  | { readonly kind: 'failed'; readonly errorMessage: string };

export interface Instance {
  /** At most one job. `queue` is set whichever route was used. */
  dequeue(signal: AbortSignal): Promise<
    | { readonly kind: 'dequeued'; readonly queue: string; readonly job: Job }
    | { readonly kind: 'empty' }
    /** A job that cannot be read has been marked as failed with the reason; behind it there may be more. */
    | { readonly kind: 'unreadable-job'; readonly message: string }
    | Unreachable
    | Refused
  >;
  /** Whether the instance is there and takes our token; changes nothing in it (a heartbeat would). */
  authenticate(signal: AbortSignal): Promise<'ok' | Unreachable | Refused>;
  /** Names every job held; an idle executor beats with none, which is how the instance knows it. */
  heartbeat(
    held: readonly HeldJob[],
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: 'answered'; readonly known: readonly HeldJob[]; readonly cancel: readonly HeldJob[] }
    | Unreachable
    | Refused
  >;
  /** `not-ours`: 404 or 401. After an own earlier attempt without an answer that means done. */
  mark(
    job: JobOfCall,
    outcome: MarkOutcome,
    signal: AbortSignal,
  ): Promise<'marked' | 'not-ours' | Unreachable | Refused>;
  /** A log entry that the dispatcher itself writes, such as what a job waits for; replaces entry 1 when `entryId` is given. */
  logEntry(
    job: JobOfCall,
    entry: WaitingEntry,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'logged'; readonly entryId: number } | 'not-ours' | Unreachable | Refused>;
}

export interface WaitingEntry {
  readonly entryId?: number;
  readonly key: string;
  readonly startTime: Millis;
  readonly out: string;
  readonly exitCode?: number;
  readonly durationMs?: Millis;
}

// ---- State ----

/**
 * Our own stores did not answer (throttled, away). The one expected failure that travels as an exception: no caller can
 * do anything about it but let a later tick or delivery try again, and it is never a strike against a job.
 * Thrown by JobStore, LeaseStore and PayloadStore alike; whether the call took effect is unknown.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The version of a stored record as it was read; a change names the version that it was decided on. */
export type Seen = number;

export interface Stored {
  readonly record: JobRecord;
  readonly seen: Seen;
}

/** Room for one job, held before the dequeue so that two dispatchers together never exceed the limit. */
export interface Reservation {
  readonly slot: number;
  readonly id: string;
  /** When it lapses. */
  readonly until: Millis;
}

export interface JobStore {
  /** Up to `wanted` free slots below `limit`; fewer, or none, when full. A reservation lapses at `until`. */
  reserve(wanted: number, limit: number, until: Millis, now: Millis): Promise<readonly Reservation[]>;
  release(reservation: Reservation): Promise<void>;
  /** `lapsed`: the reservation was no longer ours; nothing was written. `exists`: a record of this key is there. */
  create(reservation: Reservation, record: JobRecord): Promise<'created' | 'exists' | 'lapsed'>;
  get(key: JobKey): Promise<Stored | 'none'>;
  /** A created record's version is 1; a change makes it `seen + 1`. */
  change(key: JobKey, seen: Seen, next: JobRecord): Promise<'changed' | 'stale'>;
  remove(key: JobKey, seen: Seen): Promise<'removed' | 'stale'>;
  /** Every record, strongly consistent. A record that cannot be read is named, never dropped. */
  inFlight(): Promise<{ readonly records: readonly Stored[]; readonly unreadable: readonly string[] }>;
}

export type Role = 'holder' | 'stand-by' | 'leave';

export interface LeaseStore {
  /** A new invocation arrives as stand-by; it becomes the holder at once when no lease is alive. */
  arrive(me: string, ttl: Millis, now: Millis): Promise<Role>;
  /** Holder: keeps the lease, or learns to leave because a newer stand-by is ready. Stand-by: says that it is (still) ready and takes a lapsed lease; told to leave when a newer one stands by. */
  renew(me: string, ttl: Millis, ready: boolean, now: Millis): Promise<Role>;
  /** The holder steps down at once, so that a stand-by need not wait for the lease to lapse. */
  leave(me: string): Promise<void>;
  /** Whether somebody stands by; changes nothing. */
  hasStandBy(now: Millis): Promise<boolean>;
}

/** The executor's own invocations, beside those of the schedule. */
export interface Dispatchers {
  /**
   * Starts one more, which finds the lease held and stands by. `started`: it was accepted, and may still never come.
   */
  startStandBy(
    signal: AbortSignal,
  ): Promise<'started' | Throttled | Unreachable | { readonly kind: 'rejected'; readonly message: string }>;
}

export interface PayloadStore {
  /** Writes the payload that `build` makes of the links; answers the one URL by which the runner fetches it. */
  write(
    attempt: AttemptId,
    build: (links: Links, forget: string | undefined) => Payload,
  ): Promise<{ readonly kind: 'written'; readonly payloadUrl: string } | Unreachable>;
  /** Fresh links for a running attempt; a no-op where links do not expire. */
  renew(attempt: AttemptId): Promise<void>;
  /** Strongly consistent. `unreadable`: there is an object, but it is no JobResult. */
  result(attempt: AttemptId): Promise<JobResult | 'none' | 'unreadable'>;
  /** Payload, links and result of an attempt. Idempotent. */
  remove(attempt: AttemptId): Promise<void>;
  /** Keeps the job as dequeued, for each attempt's payload. Idempotent. */
  saveJob(key: JobKey, job: Job): Promise<void>;
  loadJob(key: JobKey): Promise<Job | 'none'>;
  /** Idempotent. */
  removeJob(key: JobKey): Promise<void>;
}

// ---- Tasks ----

/** The exact request, stored in the record before the call: a successor resends it byte for byte. */
export interface LaunchRequest {
  readonly attempt: AttemptId;
  /** RunTask's `clientToken`. */
  readonly clientToken: string;
  /** The definition's own name (ECS: the revision's ARN). */
  readonly definition: string;
  readonly payloadUrl: string;
  readonly capacity: 'on-demand' | 'spot';
  readonly size: TaskDefinition['size'];
}

export interface Throttled {
  readonly kind: 'throttled';
  readonly message: string;
}

export type DefineAnswer =
  | { readonly kind: 'defined'; readonly definition: string }
  | Throttled
  | Unreachable
  | { readonly kind: 'rejected'; readonly message: string };

export type LaunchAnswer =
  | { readonly kind: 'started'; readonly task: string }
  | Throttled
  /** No capacity at this time (other zone, on-demand, later). */
  | { readonly kind: 'no-capacity'; readonly message: string }
  /** The account's vCPU or task quota is used up. */
  | { readonly kind: 'quota-reached'; readonly message: string }
  /** The definition is gone or inactive: define it again. */
  | { readonly kind: 'definition-gone'; readonly message: string }
  /** No answer: resend the same request. */
  | Unreachable
  /** Never will: wrong network, no permission, account blocked. */
  | { readonly kind: 'rejected'; readonly message: string };

export interface RunningTask {
  readonly task: string;
  readonly startedBy: string;
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly startedAt?: Millis;
  readonly stopped?: TaskStopped;
}

export interface TaskLauncher {
  /** Makes sure that this definition exists; cached by content. */
  define(definition: TaskDefinition): Promise<DefineAnswer>;
  launch(request: LaunchRequest): Promise<LaunchAnswer>;
  /** `unknown`: the task never was or has aged out. */
  stop(task: string, why: string): Promise<'stopping' | 'unknown' | Throttled | Unreachable>;
  /** Every task of this pool that has not stopped. */
  list(): Promise<{ readonly kind: 'listed'; readonly tasks: readonly RunningTask[] } | Throttled | Unreachable>;
  /**
   * Takes away one task definition that has not been used for weeks, with a few calls at most; `none`: there is none, or
   * it is not time to look. One that is needed after all is defined anew.
   */
  retireDefinition(): Promise<'retired' | 'none' | Throttled | Unreachable>;
  /** By task, of any number; a task that is missing in the answer may only not be visible yet. */
  describe(
    tasks: readonly string[],
  ): Promise<{ readonly kind: 'described'; readonly tasks: readonly RunningTask[] } | Throttled | Unreachable>;
}

// ---- Messages to completion ----

export type ResultMessage =
  | { readonly kind: 'result-stored'; readonly attempt: string }
  | { readonly kind: 'task-stopped'; readonly stopped: TaskStopped }
  /** From the dispatcher: the outcome is in the record and has not been accepted yet. */
  | { readonly kind: 'mark-due'; readonly key: string };

export interface ResultsQueue {
  send(message: ResultMessage): Promise<'sent' | Throttled | Unreachable>;
}

// ---- What operators see ----

export interface Journal {
  /** One structured line. Fields never hold a secret, and always the job's key when there is one. */
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>>): void;
  /** A sample of a metric of the table in ./metrics.ts. */
  metric(name: MetricName, value: number, dimensions?: Readonly<Record<string, string>>): void;
}

export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly instance: Instance;
  readonly jobs: JobStore;
  readonly lease: LeaseStore;
  /** Absent where one dispatcher is all there is. */
  readonly dispatchers?: Dispatchers;
  readonly payloads: PayloadStore;
  readonly tasks: TaskLauncher;
  readonly results: ResultsQueue;
  readonly journal: Journal;
}

/** As much of it as completion needs, which neither launches tasks nor leads. */
export type CompletionWorld = Omit<World, 'tasks' | 'lease' | 'dispatchers'>;
