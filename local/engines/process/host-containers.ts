// Step containers on this machine without a task around them: for tests and tools that play the step-runner themselves.
import path from 'node:path';
import { STEP_ENTRY_POINT } from '#jobs/task-definition.ts';
import { openAgentContainers } from '#runner/agent-container.ts';
import type { StepContainer } from '#runner/step-container.ts';
import { hostPaths, type TaskPaths } from '#runner/task-paths.ts';
import { cleanEnvironment } from './clean-environment.ts';
import { startOnHost } from './host-task.ts';
import { canIsolate, startIsolated } from './isolated-task.ts';
import { makeProgramFolder } from './program-folder.ts';
import type { TaskProcesses } from './task-processes.ts';
import { makeTaskFolder, removeFolder, taskFolder } from './task-folder.ts';

export interface HostContainersOptions {
  /** This program's environment; steps get its PATH, USER, LANG and TZ. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Version 1 batches jobs: steps see job/repository at /work. */
  readonly repository?: boolean;
  readonly isolation?: 'where-possible' | 'never';
}

export interface HostContainers {
  readonly containers: ReadonlyMap<string, StepContainer>;
  /** `job` and `control` as this program sees them, the others as steps do. */
  readonly paths: TaskPaths;
  /** Kills what runs, waits, and removes the folder. */
  readonly close: () => Promise<void>;
}

let isolates: Promise<boolean> | undefined;

/** Starts a step container for each name; `stateFolder` is made when missing, and may be shared. */
export async function openHostContainers(
  stateFolder: string,
  names: readonly string[],
  options: HostContainersOptions,
): Promise<HostContainers> {
  const program = await makeProgramFolder(stateFolder);
  const environment = cleanEnvironment(options.environment);
  isolates ??= canIsolate(taskFolder(path.join(program.path, 'probe')), environment);
  const isolated = options.isolation !== 'never' && (await isolates);
  const folder = taskFolder(path.join(program.path, 'task'));
  const task: TaskProcesses = {
    containers: names.map((name) => ({ name, command: STEP_ENTRY_POINT, environment: {} })),
    environment,
    repository: options.repository ?? false,
    stays: false,
  };
  await makeTaskFolder(folder, names, task.repository);
  const marker = `${program.name}.task`;
  const running = isolated
    ? await startIsolated(folder, path.dirname(program.path), task)
    : startOnHost(folder, marker, task);
  const paths = hostPaths(folder.root, isolated);
  const containers = await openAgentContainers({
    paths,
    names,
    startTimeoutMs: 30_000,
    ...(isolated ? {} : { processMarker: marker }),
  });
  return {
    containers,
    paths,
    close: async () => {
      for (const container of containers.values()) container.close();
      running.kill();
      await running.ended;
      await removeFolder(program.path);
    },
  };
}
