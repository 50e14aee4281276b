// The engine that needs nothing but this machine: containers are processes of the host. It isolates no files and no
// network, and there are no images; what it does hold together are processes (isolated-task.ts, host-task.ts). The
// step-runners of several tasks share a process (runner-process.ts): a start of Node costs more than most jobs.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { Socket } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RUNNER_ENVIRONMENT } from '#jobs/payload.ts';
import { RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import type { Engine, EngineTask, StartAnswer, StartTask } from '#local/engines/engine.ts';
import type { RunningTask } from '#local/engines/running-task.ts';
import { TaskBook } from '#local/engines/task-book.ts';
import { cleanEnvironment } from './clean-environment.ts';
import { startOnHost } from './host-task.ts';
import { canIsolate, dyingWithProgram, startIsolated } from './isolated-task.ts';
import { joinRunner } from './joined-task.ts';
import { makeProgramFolder, type ProgramFolder, removeDeadPrograms } from './program-folder.ts';
import { RunnerProcesses } from './runner-processes.ts';
import type { ContainerGroup, TaskProcesses } from './task-processes.ts';
import { hasRepository, makeTaskFolder, removeFolder, taskFolder, type TaskFolder } from './task-folder.ts';
import { type TaskHere, taskHere } from './task-here.ts';

export interface ProcessEngineOptions {
  /** What carries step-runners: a program and its first arguments that serve the orders of runner/shared. */
  readonly runnerCommand: readonly string[];
  /** Where tasks have their folders; made when missing. */
  readonly stateFolder: string;
  /** This program's environment; tasks get its PATH, USER, LANG and TZ. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `never`: no namespaces even where the kernel has them. */
  readonly isolation?: 'where-possible' | 'never';
  /** Where the step-runners' own output goes. */
  readonly runnerOutput?: 'inherit' | 'ignore';
  /** Whether an ended task's folder stays, for whoever wants to look. */
  readonly keepFolder?: (stopped: TaskStopped) => boolean;
  /** Told of a folder that could not be removed. */
  readonly warn?: (message: string) => void;
}

const ISOLATED =
  'Steps run as processes of this machine: not isolated from its files and its network, no images. ' +
  'Each job has its own process and mount namespace; nothing of it outlives it.';
const NOT_ISOLATED =
  'Steps run as processes of this machine: not isolated from its files, its network and its processes, no images. ' +
  'This machine offers no namespaces, so a step that hides on purpose can outlive its job.';

export async function openProcessEngine(options: ProcessEngineOptions): Promise<Engine> {
  const program = await makeProgramFolder(options.stateFolder);
  const probe = taskFolder(path.join(program.path, 'probe'));
  const isolated = options.isolation !== 'never' && (await canIsolate(probe, cleanEnvironment(options.environment)));
  await removeFolder(probe.root);
  return new ProcessEngine(options, program, isolated);
}

class ProcessEngine implements Engine {
  readonly name = 'process';
  readonly description: string;
  readonly #options: ProcessEngineOptions;
  readonly #program: ProgramFolder;
  readonly #isolated: boolean;
  readonly #book: TaskBook;
  readonly #runners: RunnerProcesses;
  #watchdog: ChildProcess | undefined;

  constructor(options: ProcessEngineOptions, program: ProgramFolder, isolated: boolean) {
    this.#options = options;
    this.#program = program;
    this.#isolated = isolated;
    this.#book = new TaskBook(`process-${program.random}`);
    this.#runners = new RunnerProcesses({
      command: isolated ? dyingWithProgram(options.runnerCommand) : options.runnerCommand,
      environment: {
        ...cleanEnvironment(options.environment),
        [RUNNER_ENVIRONMENT.processMarker]: `${program.name}.runners`,
      },
      output: options.runnerOutput ?? 'inherit',
    });
    this.description = isolated ? ISOLATED : NOT_ISOLATED;
  }

  start(task: StartTask): Promise<StartAnswer> {
    const here = taskHere(task);
    if ('impossible' in here) return Promise.resolve({ kind: 'rejected', message: here.impossible });
    const id = this.#book.start({
      startedBy: task.startedBy,
      stopTimeoutMs: here.stopTimeoutMs,
      launch: (name) => this.#launch(name, here, hasRepository(task.definition)),
      cleanUp: (stopped) => this.#cleanUp(stopped),
    });
    return Promise.resolve({ kind: 'started', task: id });
  }

  stop(task: string, why: string): Promise<'stopping' | 'unknown'> {
    return Promise.resolve(this.#book.stop(task, why));
  }

  list(): Promise<readonly EngineTask[]> {
    return Promise.resolve(this.#book.list());
  }

  onStopped(listener: (stopped: TaskStopped) => void): () => void {
    return this.#book.onStopped(listener);
  }

  removeOrphans(): Promise<number> {
    return removeDeadPrograms(path.dirname(this.#program.path));
  }

  async close(): Promise<void> {
    await this.#book.close();
    await this.#runners.close();
    this.#watchdog?.stdin?.end();
    // What was to be kept stays, and with it the folder.
    if ((await readdir(this.#program.path)).length === 0) await removeFolder(this.#program.path);
  }

  async #launch(id: string, { containers, runnerEnvironment }: TaskHere, repository: boolean): Promise<RunningTask> {
    const folder = this.#folder(id);
    const environment = cleanEnvironment(this.#options.environment);
    await makeTaskFolder(folder, [RUNNER_CONTAINER, ...containers.map(({ name }) => name)], repository);
    const group = await this.#startGroup(id, folder, { containers, environment, repository, stays: true });
    return joinRunner(group, (launcher) =>
      this.#runners.run({
        task: id,
        environment: {
          ...environment,
          HOME: folder.home(RUNNER_CONTAINER),
          [RUNNER_ENVIRONMENT.root]: folder.root,
          ...(this.#isolated ? {} : { [RUNNER_ENVIRONMENT.processMarker]: this.#marker(id) }),
          ...runnerEnvironment,
        },
        mounted: this.#isolated,
        launcher: [...launcher],
      }),
    );
  }

  async #startGroup(id: string, folder: TaskFolder, task: TaskProcesses): Promise<ContainerGroup> {
    if (this.#isolated) return startIsolated(folder, path.dirname(this.#program.path), task);
    this.#watchdog ??= startWatchdog(this.#program.name);
    return startOnHost(folder, this.#marker(id), task);
  }

  #marker(task: string): string {
    return `${this.#program.name}.${task}`;
  }

  async #cleanUp(stopped: TaskStopped): Promise<void> {
    if (this.#options.keepFolder?.(stopped) === true) return;
    await removeFolder(this.#folder(stopped.task).root).catch((error: unknown) =>
      this.#options.warn?.(`the folder of a job cannot be removed: ${String(error)}`),
    );
  }

  #folder(task: string): TaskFolder {
    return taskFolder(path.join(this.#program.path, task));
  }
}

function startWatchdog(marker: string): ChildProcess {
  const program = fileURLToPath(new URL('./watchdog.ts', import.meta.url));
  const watchdog = spawn(process.execPath, [program, marker], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  // It must not keep this program alive, only notice its end.
  watchdog.unref();
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref();
  return watchdog;
}
