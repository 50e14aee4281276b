// What may happen to a job, and what comes of it: the inputs and outputs of its table of states (./states.ts).
import type { JobResult } from './job-result.ts';
import type { RelaunchPolicy } from './outcomes.ts';
import type { FailureKind, JobRecord, JobState, StateKind } from './record.ts';
import type { TaskStopped } from './task-stopped.ts';
import type { LaunchRequest, Millis } from './world.ts';

export type JobEvent =
  /** Definition and payload are there; the request is to be written before it is sent. */
  | { readonly kind: 'prepared'; readonly request: LaunchRequest }
  /** The job can never run here. */
  | { readonly kind: 'impossible'; readonly errorMessage: string; readonly failure: FailureKind }
  /** The effect did not come through and nothing is known to have changed: again, later. */
  | { readonly kind: 'put-off'; readonly why: string; readonly delayMs: Millis }
  /** ECS takes StopTask; it is asked again after the delay. */
  | { readonly kind: 'stop-accepted'; readonly delayMs: Millis }
  /** ECS definitely made no task. */
  | {
      readonly kind: 'launch-refused';
      readonly why: string;
      readonly delayMs: Millis;
      /** Capacity or quota was lacking. */
      readonly isForCapacity?: boolean;
    }
  /** It is not to be sent again, and an earlier send may have made a task: that is looked for. */
  | { readonly kind: 'launch-in-doubt'; readonly why: string }
  | { readonly kind: 'launched'; readonly task: string }
  | { readonly kind: 'task-running'; readonly task: string; readonly startedAt: Millis }
  | { readonly kind: 'result'; readonly result: JobResult }
  | { readonly kind: 'task-stopped'; readonly stopped: TaskStopped; readonly result: JobResult | undefined }
  | { readonly kind: 'cancelled' }
  /** Sourcegraph no longer counts the job as ours, or gave it to us anew. */
  | { readonly kind: 'not-ours'; readonly why: string }
  | { readonly kind: 'struck'; readonly errorMessage: string }
  /** A limit of ./limits.ts has passed; `overdue` of ./states.ts says so. */
  | { readonly kind: 'overdue' }
  | { readonly kind: 'mark-answered'; readonly answer: 'marked' | 'not-ours' }
  | { readonly kind: 'mark-unanswered' }
  /** A definite no that is not "not yours", such as 400, 403 or 413. */
  | { readonly kind: 'mark-refused'; readonly status: number };

export type EventKind = JobEvent['kind'];
export type EventOf<K extends EventKind> = Extract<JobEvent, { kind: K }>;
export type StateOf<K extends StateKind> = Extract<JobState, { kind: K }>;

export interface Moment extends RelaunchPolicy {
  readonly now: Millis;
  /** At least 0, below 1: the draw for jitter. */
  readonly fraction: number;
  /** Spot with fallback gives up Spot after so many losses. */
  readonly spot: 'never' | 'always' | 'with-fallback';
}

export type Next =
  | { readonly kind: 'next'; readonly record: JobRecord }
  /** The event means nothing in this state; nothing is written. */
  | { readonly kind: 'same' }
  /** Payloads, kept job and record go. */
  | { readonly kind: 'remove'; readonly why: 'marked' | 'not-ours' | 'given-back' };
