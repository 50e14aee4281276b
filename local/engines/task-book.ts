// The life of an engine's tasks from start to stop, told in ECS's words; what a task is made of is the engine's business.
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import type { EngineTask, TaskStatus } from './engine.ts';
import type { RunningTask, TaskEnd } from './running-task.ts';

export interface TaskWish {
  readonly startedBy: string;
  readonly stopTimeoutMs: number;
  /** Rejects with an ECS reason when the task cannot be started; `signal` aborts when it need not be any more. */
  launch(task: string, signal: AbortSignal): Promise<RunningTask>;
  /** Called after the task's end has been told: what is left of it may go. */
  cleanUp(stopped: TaskStopped): Promise<void>;
}

interface Entry {
  readonly task: string;
  readonly wish: TaskWish;
  readonly createdAt: number;
  status: TaskStatus;
  startedAt?: number;
  stoppedBecause?: string;
  readonly launching: AbortController;
  running?: RunningTask;
  stopped?: TaskStopped;
  readonly over: PromiseWithResolvers<void>;
}

/** ECS shows stopped tasks for an hour; here the last ones are enough. */
const STOPPED_KEPT = 1000;
const UNHEARD_MS = 3000;
/** A task's changes: pending, running, stopped. */
const VERSION_WHEN_STOPPED = 3;

export class TaskBook {
  readonly #prefix: string;
  readonly #entries = new Map<string, Entry>();
  readonly #byStarter = new Map<string, Entry>();
  readonly #listeners = new Set<(stopped: TaskStopped) => void>();
  readonly #cleaning = new Set<Promise<void>>();
  #count = 0;

  /** `prefix` begins the name of every task and is this program's alone. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Starts a task; a second start for the same starter names the first one's. */
  start(wish: TaskWish): string {
    const known = this.#byStarter.get(wish.startedBy);
    if (known !== undefined) return known.task;
    this.#count += 1;
    const task = `${this.#prefix}-${this.#count}`;
    const entry: Entry = {
      task,
      wish,
      createdAt: Date.now(),
      status: 'PENDING',
      launching: new AbortController(),
      over: Promise.withResolvers(),
    };
    this.#entries.set(task, entry);
    this.#byStarter.set(wish.startedBy, entry);
    void this.#live(entry);
    return task;
  }

  stop(task: string, why: string): 'stopping' | 'unknown' {
    const entry = this.#entries.get(task);
    if (entry === undefined) return 'unknown';
    if (entry.stopped === undefined && entry.stoppedBecause === undefined) {
      entry.stoppedBecause = why;
      if (entry.running === undefined) entry.launching.abort();
      else void end(entry.running, entry.wish.stopTimeoutMs);
    }
    return 'stopping';
  }

  list(): EngineTask[] {
    return [...this.#entries.values()].map(({ task, wish, status, startedAt, stopped }) => ({
      task,
      startedBy: wish.startedBy,
      status,
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(stopped === undefined ? {} : { stopped }),
    }));
  }

  onStopped(listener: (stopped: TaskStopped) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Kills every task; resolves when nothing of any is left. */
  async close(): Promise<void> {
    const living = [...this.#entries.values()].filter(({ stopped }) => stopped === undefined);
    for (const entry of living) {
      entry.stoppedBecause ??= 'the program ends';
      entry.launching.abort();
      entry.running?.kill();
    }
    await Promise.all(living.map(({ over }) => over.promise));
    await Promise.all(this.#cleaning);
  }

  async #live(entry: Entry): Promise<void> {
    const answer = await this.#launch(entry);
    if ('ended' in answer) {
      entry.running = answer;
      entry.status = 'RUNNING';
      entry.startedAt = Date.now();
      // Wanted to stop before it could listen, it may never hear of it.
      if (entry.stoppedBecause !== undefined) void end(answer, Math.min(entry.wish.stopTimeoutMs, UNHEARD_MS));
      this.#stopped(entry, await answer.ended);
    } else {
      this.#stopped(entry, answer);
    }
  }

  async #launch(entry: Entry): Promise<RunningTask | TaskEnd> {
    try {
      return await entry.wish.launch(entry.task, entry.launching.signal);
    } catch (error) {
      return { containers: [], failure: error instanceof Error ? error.message : String(error) };
    }
  }

  #stopped(entry: Entry, { containers, ...end }: TaskEnd): void {
    const { task, wish, createdAt, startedAt } = entry;
    const stopped: TaskStopped = {
      task,
      attempt: wish.startedBy,
      ...stopOf(entry, end),
      containers,
      version: VERSION_WHEN_STOPPED,
      createdAt,
      ...(startedAt === undefined ? {} : { startedAt }),
      stoppedAt: Date.now(),
      spot: false,
    };
    entry.status = 'STOPPED';
    entry.stopped = stopped;
    delete entry.running;
    this.#forgetOldest();
    const cleaning = wish.cleanUp(stopped).finally(() => this.#cleaning.delete(cleaning));
    this.#cleaning.add(cleaning);
    for (const listener of this.#listeners) listener(stopped);
    entry.over.resolve();
  }

  #forgetOldest(): void {
    const stopped = [...this.#entries.values()].filter((entry) => entry.stopped !== undefined);
    for (const { task, wish } of stopped.slice(0, Math.max(0, stopped.length - STOPPED_KEPT))) {
      this.#entries.delete(task);
      this.#byStarter.delete(wish.startedBy);
    }
  }
}

/** ECS's stop codes and its own sentences for them. */
function stopOf(
  entry: Entry,
  { failure, lost }: Pick<TaskEnd, 'failure' | 'lost'>,
): Pick<TaskStopped, 'stopCode' | 'stoppedReason'> {
  if (entry.stoppedBecause !== undefined) return { stopCode: 'UserInitiated', stoppedReason: entry.stoppedBecause };
  if (failure !== undefined) return { stopCode: 'TaskFailedToStart', stoppedReason: failure };
  return { stopCode: 'EssentialContainerExited', stoppedReason: lost ?? 'Essential container in task exited' };
}

async function end(running: RunningTask, timeoutMs: number): Promise<void> {
  running.terminate();
  const settled = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: settled.signal }).then(
    () => running.kill(),
    () => undefined, // it has ended in time
  );
  await running.ended;
  settled.abort();
  await late;
}
