// What a machine must be able to do to take Fargate's place: run a task definition and say how it ended. One contract
// test runs over every engine.
import type { TaskDefinition } from '#jobs/task-definition.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';

export interface StartTask {
  readonly definition: TaskDefinition;
  /** The attempt's ID: the task is found again by it, and two starts of one attempt give one task. */
  readonly startedBy: string;
  /** Environment of the step-runner beside the definition's own (ECS: container overrides). */
  readonly runnerEnvironment: Readonly<Record<string, string>>;
  /**
   * The job's own logins, by registry, each base64 of `user:password`: for the images of its steps, in place of all of the
   * executor's. An engine without images ignores them.
   */
  readonly registryAuths?: Readonly<Record<string, { readonly auth: string }>>;
}

export type TaskStatus = 'PENDING' | 'RUNNING' | 'STOPPED';

export interface EngineTask {
  readonly task: string;
  readonly startedBy: string;
  readonly status: TaskStatus;
  readonly startedAt?: number;
  /** Set when status is STOPPED. */
  readonly stopped?: TaskStopped;
}

export type StartAnswer =
  | { readonly kind: 'started'; readonly task: string }
  /** The engine is there but cannot take this task; `message` says what to do. */
  | { readonly kind: 'rejected'; readonly message: string };

export interface Engine {
  readonly name: 'process' | 'docker' | 'kubernetes';
  /** One sentence for the first screen: what runs, and what it does not isolate. */
  readonly description: string;
  start(task: StartTask): Promise<StartAnswer>;
  /** SIGTERM to every container, SIGKILL after its stop timeout. Idempotent. */
  stop(task: string, why: string): Promise<'stopping' | 'unknown'>;
  list(): Promise<readonly EngineTask[]>;
  /** Called once a task that ended, after nothing of it runs any more. Returns the unsubscribe function. */
  onStopped(listener: (stopped: TaskStopped) => void): () => void;
  /** Tasks of a dead predecessor of this program are found and removed; resolves to their number. */
  removeOrphans(): Promise<number>;
  /** Kills everything at once, waits until it is gone, and releases the engine. */
  close(): Promise<void>;
}
