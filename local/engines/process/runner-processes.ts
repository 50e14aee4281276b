// The processes that carry step-runners: as many as there is work for, started when needed.
import { type Runner, RunnerProcess, type RunnerProcessOptions } from './runner-process.ts';
import type { RunOrder } from '#runner/shared/messages.ts';

/** One process uses one core, and a crash takes what it carries with it. Some of these are just ending. */
const CARRIED_MAX = 12;
/** After so many a fresh one takes over, whatever the old one may have piled up. */
const TAKEN_MAX = 200;
const IDLE_MS = 60_000;

export interface RunnerProcessesOptions extends RunnerProcessOptions {
  /** How long an idle one stays: it costs memory only, but a program may be idle for days. @default 60,000 */
  readonly idleMs?: number;
}

export class RunnerProcesses {
  readonly #options: RunnerProcessesOptions;
  readonly #processes = new Set<RunnerProcess>();
  readonly #idle = new Map<RunnerProcess, NodeJS.Timeout>();

  constructor(options: RunnerProcessesOptions) {
    this.#options = options;
  }

  run(order: Omit<RunOrder, 'kind'>): Runner {
    const process = this.#free() ?? this.#start();
    clearTimeout(this.#idle.get(process));
    this.#idle.delete(process);
    return process.run(order);
  }

  /** Kills all of them; resolves when they have ended. */
  async close(): Promise<void> {
    for (const timer of this.#idle.values()) clearTimeout(timer);
    await Promise.all([...this.#processes].map((process) => process.close()));
  }

  #free(): RunnerProcess | undefined {
    for (const process of this.#processes) {
      if (process.ended) this.#processes.delete(process);
      else if (process.carried < CARRIED_MAX && process.taken < TAKEN_MAX) return process;
    }
    return undefined;
  }

  #start(): RunnerProcess {
    const started = new RunnerProcess(this.#options, (process) => this.#restOrRelease(process));
    this.#processes.add(started);
    return started;
  }

  #restOrRelease(process: RunnerProcess): void {
    const release = (): void => {
      this.#processes.delete(process);
      this.#idle.delete(process);
      process.release();
    };
    if (process.taken >= TAKEN_MAX) release();
    else this.#idle.set(process, setTimeout(release, this.#options.idleMs ?? IDLE_MS).unref());
  }
}
