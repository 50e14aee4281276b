// A task whose containers have been started, however its engine holds them together.
import type { StoppedContainer } from '#jobs/task-stopped.ts';

export interface TaskEnd {
  readonly containers: readonly StoppedContainer[];
  /** Why the task could not be started, in ECS's words where it has some. */
  readonly failure?: string;
  /** Why it ended otherwise than by its essential container, in ECS's words where it has some. */
  readonly lost?: string;
}

export interface RunningTask {
  /** Resolves once nothing of the task runs any more; never rejects. */
  readonly ended: Promise<TaskEnd>;
  /** SIGTERM. */
  terminate(): void;
  /** SIGKILL to everything. */
  kill(): void;
}
