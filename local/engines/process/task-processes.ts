// What a task is made of on this machine: a process for each container.

export interface ContainerProcess {
  readonly name: string;
  readonly command: readonly string[];
  /** Beside the clean environment, HOME and TMPDIR. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface TaskProcesses {
  /** In the order to start them. */
  readonly containers: readonly ContainerProcess[];
  /** The container whose end is the task's end; absent: the task runs until it is killed or all have ended. */
  readonly essential?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Version 1 batches jobs: steps see job/repository at /work. */
  readonly repository: boolean;
  /** Where the essential container's output goes. */
  readonly output: 'inherit' | 'ignore';
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
