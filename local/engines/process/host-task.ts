// A task where the kernel offers no namespaces: plain processes in sessions of their own, found again by a marker in
// their environment. A process that drops its environment and its parents escapes; the engine's description says so.
import { type ChildProcess, spawn } from 'node:child_process';
import { STEP_CONTROL_VARIABLE } from '#jobs/task-definition.ts';
import { RUNNER_ENVIRONMENT } from '#jobs/payload.ts';
import type { RunningTask, TaskEnd } from '#local/engines/running-task.ts';
import { killMarked } from '#runner/agent-host-processes.ts';
import { type ContainerProcess, KILLED, stoppedContainers, type TaskProcesses } from './task-processes.ts';
import type { TaskFolder } from './task-folder.ts';

/** Starts the containers; `marker` must begin with the marker that the program's watchdog looks for. */
export function startOnHost(folder: TaskFolder, marker: string, task: TaskProcesses): RunningTask {
  const exitCodes = new Map<string, number>();
  const children = new Map<string, ChildProcess>();
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
    const child = start(folder, marker, task, container);
    children.set(container.name, child);
    child.on('error', (error) => void end(error.message));
    child.on('exit', (code) => {
      exitCodes.set(container.name, code ?? KILLED);
      if (container.name === task.essential) void end();
    });
  }
  const essential = task.essential === undefined ? undefined : children.get(task.essential);
  return { ended: ended.promise, terminate: () => essential?.kill('SIGTERM'), kill: () => void end() };
}

function start(folder: TaskFolder, marker: string, task: TaskProcesses, container: ContainerProcess): ChildProcess {
  const isEssential = container.name === task.essential;
  const [program = '', ...rest] = container.command;
  const output = isEssential ? task.output : 'ignore';
  return spawn(program, rest, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', output, output],
    env: {
      ...task.environment,
      HOME: folder.home(container.name),
      TMPDIR: folder.temporary(container.name),
      [RUNNER_ENVIRONMENT.processMarker]: marker,
      ...(isEssential
        ? { [RUNNER_ENVIRONMENT.root]: folder.root }
        : { [STEP_CONTROL_VARIABLE]: folder.control(container.name) }),
      ...container.environment,
    },
  });
}
