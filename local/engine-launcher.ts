// Tasks on one machine: an engine in the place of ECS. It keeps definitions by content, gives one task for one client
// token, and tells of stopped tasks as ECS's events do.
import { definitionHash } from '#jobs/step-containers.ts';
import type { AttemptId } from '#jobs/keys.ts';
import { RUNNER_ENVIRONMENT } from '#jobs/payload.ts';
import type { TaskDefinition } from '#jobs/task-definition.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import type { DefineAnswer, LaunchAnswer, LaunchRequest, RunningTask, TaskLauncher } from '#jobs/world.ts';
import type { Engine, EngineTask, StartAnswer, StartTask } from './engines/engine.ts';

/** How many stopped tasks are remembered, for whoever asks after a lost event. */
const STOPPED_MAX = 1_000;

/** The registry logins that the job of an attempt brings. They are looked up at the launch: a launch request is stored and logged. */
export type FindAuths = (attempt: AttemptId) => Promise<NonNullable<StartTask['registryAuths']>>;

export class EngineLauncher implements TaskLauncher {
  private readonly engine: Engine;
  private readonly definitions = new Map<string, TaskDefinition>();
  private readonly launches = new Map<string, Promise<StartAnswer>>();
  private readonly stopped = new Map<string, TaskStopped>();
  private readonly unsubscribe: () => void;
  private readonly findAuths: FindAuths;

  constructor(
    engine: Engine,
    onStopped: (stopped: TaskStopped) => void,
    findAuths: FindAuths = () => Promise.resolve({}),
  ) {
    this.engine = engine;
    this.findAuths = findAuths;
    this.unsubscribe = engine.onStopped((stopped) => {
      this.remember(stopped);
      onStopped(stopped);
    });
  }

  define(definition: TaskDefinition): Promise<DefineAnswer> {
    const hash = definitionHash(definition);
    this.definitions.set(hash, definition);
    return Promise.resolve({ kind: 'defined', definition: hash });
  }

  async launch(request: LaunchRequest): Promise<LaunchAnswer> {
    const definition = this.definitions.get(request.definition);
    if (definition === undefined) return { kind: 'definition-gone', message: `no definition ${request.definition}` };
    const started = this.launches.get(request.clientToken) ?? this.start(request, definition);
    this.launches.set(request.clientToken, started);
    return started;
  }

  async stop(task: string, why: string): Promise<'stopping' | 'unknown'> {
    return this.engine.stop(task, why);
  }

  async list(): Promise<{ readonly kind: 'listed'; readonly tasks: readonly RunningTask[] }> {
    const tasks = await this.engine.list();
    return { kind: 'listed', tasks: tasks.filter(({ status }) => status !== 'STOPPED').map(runningTask) };
  }

  /** Definitions live as long as the program. */
  retireDefinition(): Promise<'none'> {
    return Promise.resolve('none');
  }

  async describe(
    tasks: readonly string[],
  ): Promise<{ readonly kind: 'described'; readonly tasks: readonly RunningTask[] }> {
    const wanted = new Set(tasks);
    const running = (await this.engine.list()).filter(({ task }) => wanted.has(task)).map(runningTask);
    const found = new Set(running.map(({ task }) => task));
    const ended = tasks
      .filter((task) => !found.has(task))
      .map((task) => this.stopped.get(task))
      .filter((stopped) => stopped !== undefined)
      .map((stopped) => ({ task: stopped.task, startedBy: stopped.attempt, status: 'STOPPED' as const, stopped }));
    return { kind: 'described', tasks: [...running, ...ended] };
  }

  close(): void {
    this.unsubscribe();
  }

  private async start(request: LaunchRequest, definition: TaskDefinition): Promise<StartAnswer> {
    return this.engine.start({
      definition,
      startedBy: request.attempt,
      runnerEnvironment: { [RUNNER_ENVIRONMENT.payloadUrl]: request.payloadUrl },
      registryAuths: await this.findAuths(request.attempt),
    });
  }

  private remember(stopped: TaskStopped): void {
    this.stopped.set(stopped.task, stopped);
    if (this.stopped.size <= STOPPED_MAX) return;
    // Maps keep the order of insertion: the first is the oldest.
    const oldest = this.stopped.keys().next();
    if (oldest.done !== true) this.stopped.delete(oldest.value);
  }
}

function runningTask(task: EngineTask): RunningTask {
  return {
    task: task.task,
    startedBy: task.startedBy,
    status: task.status,
    ...(task.startedAt === undefined ? {} : { startedAt: task.startedAt }),
    ...(task.stopped === undefined ? {} : { stopped: task.stopped }),
  };
}
