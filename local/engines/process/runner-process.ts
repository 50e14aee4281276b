// One process that carries the step-runners of several tasks (runner/shared), as the engine sees it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { EndedSchema, type Order, type RunOrder } from '#runner/shared/messages.ts';
import { KILLED } from './task-processes.ts';

export type RunnerEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  /** The process ended with the step-runner in it. */
  | { readonly kind: 'lost'; readonly why: string };

/** The step-runner of one task. */
export interface Runner {
  /** Resolves when nothing of it is left; never rejects. */
  readonly ended: Promise<RunnerEnd>;
  /** As SIGTERM. */
  stop(): void;
  /** As SIGKILL. */
  kill(): void;
}

export interface RunnerProcessOptions {
  /** A program and its first arguments that serve orders over Node's IPC channel. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly output: 'inherit' | 'ignore';
  /**
   * One that has not let go of a killed step-runner by then hangs, and is killed with all that it carries.
   * @default 5000
   */
  readonly letGoMs?: number;
}

const LET_GO_MS = 5000;

export class RunnerProcess {
  readonly #child: ChildProcess;
  readonly #running = new Map<string, PromiseWithResolvers<RunnerEnd>>();
  readonly #letGoMs: number;
  readonly #onIdle: (process: RunnerProcess) => void;
  readonly #over = new AbortController();
  #taken = 0;

  /** `onIdle` is called whenever the last of its step-runners has ended. */
  constructor(
    { command, environment, output, letGoMs }: RunnerProcessOptions,
    onIdle: (process: RunnerProcess) => void,
  ) {
    const [program = '', ...args] = command;
    this.#onIdle = onIdle;
    this.#letGoMs = letGoMs ?? LET_GO_MS;
    this.#child = spawn(program, args, {
      cwd: '/',
      // A session of its own: Ctrl-C at the terminal is for the program alone, which lets its jobs finish.
      detached: true,
      stdio: ['ignore', output, output, 'ipc'],
      env: environment,
    });
    this.#child.on('message', (message) => {
      const { task, exitCode } = EndedSchema.parse(message);
      this.#settle(task, { kind: 'exited', exitCode });
    });
    this.#child.on('error', (error) => this.#lost(error.message));
    this.#child.on('exit', (code, signal) => this.#lost(`it ended with ${signal ?? `exit code ${code ?? '?'}`}`));
  }

  /** Step-runners in it now. */
  get carried(): number {
    return this.#running.size;
  }

  /** Step-runners that it was ever given. */
  get taken(): number {
    return this.#taken;
  }

  get ended(): boolean {
    return this.#over.signal.aborted;
  }

  run(order: Omit<RunOrder, 'kind'>): Runner {
    const { task } = order;
    const end = Promise.withResolvers<RunnerEnd>();
    this.#taken += 1;
    this.#running.set(task, end);
    this.#send({ kind: 'run', ...order });
    let hung: NodeJS.Timeout | undefined;
    const kill = (): void => {
      if (hung !== undefined || !this.#running.has(task)) return;
      this.#send({ kind: 'kill', task });
      hung = setTimeout(() => this.#child.kill('SIGKILL'), this.#letGoMs);
    };
    const ended = end.promise.then((how): RunnerEnd => {
      clearTimeout(hung);
      return hung === undefined ? how : { kind: 'exited', exitCode: KILLED };
    });
    return { ended, stop: () => this.#send({ kind: 'stop', task }), kill };
  }

  /** Lets an idle process end. */
  release(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  /** SIGKILL; resolves when it has ended. */
  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    if (!this.ended) await once(this.#over.signal, 'abort');
  }

  #send(order: Order): void {
    // A process that is not there any more has lost its step-runners: its end says so.
    if (this.#child.connected) this.#child.send(order, () => undefined);
  }

  #settle(task: string, how: RunnerEnd): void {
    const end = this.#running.get(task);
    this.#running.delete(task);
    end?.resolve(how);
    if (this.#running.size === 0) this.#onIdle(this);
  }

  #lost(why: string): void {
    this.#over.abort();
    for (const task of [...this.#running.keys()]) this.#settle(task, { kind: 'lost', why });
  }
}
