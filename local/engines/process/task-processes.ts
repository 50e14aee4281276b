// The step containers of a task on this machine: a process for each, and what holds them together.
import type { TaskEnd } from '#local/engines/running-task.ts';

export interface ContainerProcess {
  readonly name: string;
  readonly command: readonly string[];
  /** Beside the clean environment, HOME and TMPDIR. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface TaskProcesses {
  /** In the order to start them. */
  readonly containers: readonly ContainerProcess[];
  readonly environment: Readonly<Record<string, string>>;
  /** Version 1 batches jobs: steps see job/repository at /work. */
  readonly repository: boolean;
  /** Whether what holds the containers together outlives them, for a step-runner that starts commands in it. */
  readonly stays: boolean;
}

/** Step containers that have been started. */
export interface ContainerGroup {
  /**
   * The program and its arguments that start a command which surely ends with the containers; empty: the group finds it by
   * its environment. Resolves to undefined when they have ended before.
   */
  readonly launcher: Promise<readonly string[] | undefined>;
  /** Resolves once nothing of them runs any more; never rejects. */
  readonly ended: Promise<TaskEnd>;
  /** SIGKILL to everything. */
  kill(): void;
}

/** A process that a signal ended, as a shell reports it; here always SIGKILL. */
export const KILLED = 137;

/** The exit codes of all containers: whoever could not be asked was killed. */
export function stoppedContainers(
  task: TaskProcesses,
  exitCodes: ReadonlyMap<string, number>,
): { name: string; exitCode: number }[] {
  return task.containers.map(({ name }) => ({ name, exitCode: exitCodes.get(name) ?? KILLED }));
}
