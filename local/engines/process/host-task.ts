// Step containers where the kernel offers no namespaces: plain processes in sessions of their own, found again by a marker
// in their environment. A process that drops its environment and its parents escapes; the engine's description says so.
import { spawn } from 'node:child_process';
import { STEP_CONTROL_VARIABLE } from '#jobs/task-definition.ts';
import { RUNNER_ENVIRONMENT } from '#jobs/payload.ts';
import type { TaskEnd } from '#local/engines/running-task.ts';
import { killMarked } from '#runner/agent-host-processes.ts';
import {
  type ContainerGroup,
  type ContainerProcess,
  KILLED,
  stoppedContainers,
  type TaskProcesses,
} from './task-processes.ts';
import type { TaskFolder } from './task-folder.ts';

/** Starts the containers; `marker` must begin with the marker that the program's watchdog looks for. */
export function startOnHost(folder: TaskFolder, marker: string, task: TaskProcesses): ContainerGroup {
  const exitCodes = new Map<string, number>();
  const ended = Promise.withResolvers<TaskEnd>();
  let ending = false;
  const end = async (failure?: string): Promise<void> => {
    if (ending) return;
    ending = true;
    await killMarked(marker);
    ended.resolve(
      failure === undefined ? { containers: stoppedContainers(task, exitCodes) } : { containers: [], failure },
    );
  };
  for (const container of task.containers) {
    const [program = '', ...rest] = container.command;
    const child = spawn(program, rest, {
      cwd: '/',
      detached: true,
      stdio: 'ignore',
      env: environmentOf(folder, marker, task, container),
    });
    child.on('error', (error) => void end(error.message));
    child.on('exit', (code) => exitCodes.set(container.name, code ?? KILLED));
  }
  return { launcher: Promise.resolve([]), ended: ended.promise, kill: () => void end() };
}

function environmentOf(
  folder: TaskFolder,
  marker: string,
  task: TaskProcesses,
  { name, environment }: ContainerProcess,
): Record<string, string> {
  return {
    ...task.environment,
    HOME: folder.home(name),
    TMPDIR: folder.temporary(name),
    [RUNNER_ENVIRONMENT.processMarker]: marker,
    [STEP_CONTROL_VARIABLE]: folder.control(name),
    ...environment,
  };
}
