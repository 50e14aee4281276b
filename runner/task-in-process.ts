// One task's step-runner as the process that carries it starts it: what it is told by its environment, and hold of its
// step containers.
import { readdir } from 'node:fs/promises';
import { RUNNER_ENVIRONMENT } from '#jobs/payload.ts';
import { openAgentContainers, type OpenContainer, type TaskContainers } from './agent-container.ts';
import { hostCommandsBy } from './host-command.ts';
import { realClock } from './real-clock.ts';
import { runTask } from './run-task.ts';
import { CONTAINER_PATHS, hostPaths } from './task-paths.ts';

export interface TaskInProcess {
  /** Names are {@link RUNNER_ENVIRONMENT}, what git needs, and what ECS tells. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether step containers see the workspace at /job although it is elsewhere for this process. */
  readonly mounted: boolean;
  /** The program and its arguments by which a command of the step-runner is started; empty: directly. */
  readonly launcher: readonly string[];
  /** Aborted when the task is told to stop. */
  readonly stop: AbortSignal;
  /** Aborted when the task is killed. */
  readonly kill: AbortSignal;
  /** One line for the operator's log; never holds a secret. */
  readonly say: (line: string) => void;
}

/** A large image may be pulled while the job is cloned already. */
const CONTAINER_START_TIMEOUT_MS = 10 * 60_000;

/** What git and the setup script get of the environment, as in the reference. */
const KEPT = ['HOME', 'PATH', 'USER'];

/** Resolves to the step-runner's exit code, after which nothing of it is left in this process. */
export async function runTaskInProcess(task: TaskInProcess): Promise<number> {
  const { environment } = task;
  const root = environment[RUNNER_ENVIRONMENT.root];
  const paths = root === undefined ? CONTAINER_PATHS : hostPaths(root, task.mounted);
  const metadataUri = environment['ECS_CONTAINER_METADATA_URI_V4'];
  const processMarker = environment[RUNNER_ENVIRONMENT.processMarker];
  const containers: Omit<TaskContainers, 'names'> = {
    paths,
    startTimeoutMs: CONTAINER_START_TIMEOUT_MS,
    ...(metadataUri === undefined ? {} : { metadataUri }),
    ...(processMarker === undefined ? {} : { processMarker }),
  };
  const opened = new Map<string, OpenContainer>();
  const open = async (names: readonly string[]): Promise<void> => {
    const missing = new Set(names.filter((name) => !opened.has(name)));
    const late = await openAgentContainers({ ...containers, names: [...missing] });
    for (const [name, container] of late) opened.set(name, container);
  };
  try {
    // The first act: the agents of containers that are up already spin until their pipes are there. Which there are is
    // known from their volumes, long before the payload has come.
    await open(await readdir(paths.control('')).catch(() => []));
    return await runTask({
      payloadUrl: environment[RUNNER_ENVIRONMENT.payloadUrl] ?? '',
      paths,
      clock: realClock,
      hostEnvironment: Object.fromEntries(
        KEPT.flatMap((name) => {
          const value = environment[name];
          return value === undefined ? [] : [[name, value] as const];
        }),
      ),
      hostCommand: hostCommandsBy(
        task.launcher,
        processMarker === undefined ? {} : { [RUNNER_ENVIRONMENT.processMarker]: processMarker },
      ),
      openContainers: async (names) => {
        await open(names);
        return opened;
      },
      stop: task.stop,
      kill: task.kill,
      say: task.say,
    });
  } finally {
    for (const container of opened.values()) container.close();
  }
}
