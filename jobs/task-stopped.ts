// A task that ended, as ECS's "Task State Change" event or DescribeTasks tells it, in the one form that decisions use.
// Both sources are parsed at their edges (functions/aws); engines on one machine make it themselves.

export interface StoppedContainer {
  readonly name: string;
  /** Absent when the container never started. */
  readonly exitCode?: number;
  readonly reason?: string;
  readonly imageDigest?: string;
}

export interface TaskStopped {
  /** The task's ARN, or the engine's own name for it. */
  readonly task: string;
  /** The attempt that the task was started for (`startedBy`); text from outside until parseAttemptId has read it. */
  readonly attempt: string;
  /** Absent in old or partial events. ECS promises that stop codes are stable and that texts are not. */
  readonly stopCode?: string;
  readonly stoppedReason: string;
  /** May be empty when the task failed to start. */
  readonly containers: readonly StoppedContainer[];
  /** Grows with every change of the task; events come twice and out of order. */
  readonly version: number;
  readonly createdAt?: number;
  readonly startedAt?: number;
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly stoppedAt?: number;
  readonly spot: boolean;
}
