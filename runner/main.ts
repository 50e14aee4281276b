// The step-runner: the program in the one essential container of a task. Here is only what ties it to its process.
import { readdir } from 'node:fs/promises';
import { RUNNER_ENVIRONMENT } from '#jobs/payload.ts';
import { openAgentContainers, type TaskContainers } from './agent-container.ts';
import { realClock } from './real-clock.ts';
import { runTask } from './run-task.ts';
import { CONTAINER_PATHS, hostPaths } from './task-paths.ts';

/** A large image may be pulled while the job is cloned already. */
const CONTAINER_START_TIMEOUT_MS = 10 * 60_000;

/** What git and the setup script get of this process's environment, as in the reference. */
const KEPT = ['HOME', 'PATH', 'USER', RUNNER_ENVIRONMENT.processMarker];

async function main(environment: NodeJS.ProcessEnv): Promise<number> {
  const root = environment[RUNNER_ENVIRONMENT.root];
  const paths = root === undefined ? CONTAINER_PATHS : hostPaths(root, false);
  const metadataUri = environment['ECS_CONTAINER_METADATA_URI_V4'];
  const processMarker = environment[RUNNER_ENVIRONMENT.processMarker];
  const containers: Omit<TaskContainers, 'names'> = {
    paths,
    startTimeoutMs: CONTAINER_START_TIMEOUT_MS,
    ...(metadataUri === undefined ? {} : { metadataUri }),
    ...(processMarker === undefined ? {} : { processMarker }),
  };

  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());

  // The first act: the agents of containers that are up already spin until their pipes are there. Which there are is known
  // from their volumes, long before the payload has come.
  const volumes = await readdir(paths.control('')).catch(() => []);
  const opened = await openAgentContainers({ ...containers, names: volumes });

  return runTask({
    payloadUrl: environment[RUNNER_ENVIRONMENT.payloadUrl] ?? '',
    paths,
    clock: realClock,
    hostEnvironment: Object.fromEntries(
      KEPT.flatMap((name) => {
        const value = environment[name];
        return value === undefined ? [] : [[name, value] as const];
      }),
    ),
    openContainers: async (names) => {
      const missing = names.filter((name) => !opened.has(name));
      const late = await openAgentContainers({ ...containers, names: [...new Set(missing)] });
      return new Map([...opened, ...late]);
    },
    stop: stop.signal,
    say: (line) => console.log(line),
  });
}

// Without a top-level await, so that the bundle can be CommonJS. Idle agents hold their pipes open when nothing else is
// under way any more, so the process must be ended.
void main(process.env).then((exitCode) => process.exit(exitCode));
