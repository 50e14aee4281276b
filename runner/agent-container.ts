// Drives the step agent of one container over the pipes of its control volume: one step at a time, its output live, and
// an end that holds: after `exited` and `killed` nothing of the step runs any more (see step-agent/agent.sh).
import { randomBytes } from 'node:crypto';
import { closeSync, unlinkSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RUNNER_ENVIRONMENT } from '#jobs/payload.ts';
import { openPipe, prepareControls, writeNew } from './agent-control.ts';
import { killMarked } from './agent-host-processes.ts';
import { stoppedWithoutAnswer } from './agent-metadata.ts';
import { openOutput, type OpenOutput } from './agent-output.ts';
import { stepProgram } from './agent-program.ts';
import { type AgentExit, type AgentReport, AgentStatus } from './agent-status.ts';
import type { StepContainer, StepEnd, StepOutput, StepRun } from './step-container.ts';
import type { TaskPaths } from './task-paths.ts';

export interface AgentContainerOptions {
  readonly name: string;
  /** Its control volume, in the runner. */
  readonly control: string;
  /** How long a step waits for its container to be there; a large image may take minutes. */
  readonly startTimeoutMs: number;
  /** `ECS_CONTAINER_METADATA_URI_V4`, where there is one. */
  readonly metadataUri?: string;
  /** The runner's own `SOURCEGRAPH_EXECUTOR_PROCESS`, where the container is host processes without a PID namespace. */
  readonly processMarker?: string;
}

/** An agent kills within milliseconds; one that has not answered by then is hostile or hung. */
const KILL_TIMEOUT_MS = 5000;
const HOST_KILL_EVERY_MS = 20;
/** Docker's own exit code for a container that could not be run. */
const CANNOT_RUN = 125;

export class AgentContainer implements StepContainer {
  readonly name: string;
  readonly #options: AgentContainerOptions;
  /** Only this process and the agent's memory know it. */
  readonly #secret = randomBytes(16).toString('hex');
  readonly #command: number;
  readonly #status: Socket;
  readonly #ready = Promise.withResolvers<'ready'>();
  readonly #dead = Promise.withResolvers<'dead'>();
  #closed = false;
  #running: { readonly id: string; readonly exit: PromiseWithResolvers<AgentExit> } | undefined;

  /** The control volume must have been prepared. */
  constructor(options: AgentContainerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#command = openPipe(options.control, 'command', 'write');
    this.#status = new Socket({ fd: openPipe(options.control, 'status', 'read'), readable: true, writable: false });
    const status = new AgentStatus(this.#secret);
    this.#status.on('data', (bytes) => {
      for (const report of status.push(bytes)) this.#take(report);
    });
    // The agent alone holds the pipe's other end, so its end is the agent's end.
    this.#status.on('close', () => this.#dead.resolve('dead'));
    this.#status.on('error', () => undefined);
    this.#send(this.#secret);
  }

  async run(step: StepRun, output: StepOutput, signal: AbortSignal): Promise<StepEnd> {
    if (this.#running !== undefined) throw new Error(`a step is running in ${this.name} already`);
    const id = randomBytes(8).toString('hex');
    const program = stepProgram(this.#marked(step, id), id);
    if ('impossible' in program) {
      output('stderr', Buffer.from(`this step cannot be run: ${program.impossible}\n`));
      return { kind: 'exited', exitCode: CANNOT_RUN, oomKilled: false };
    }
    this.#running = { id, exit: Promise.withResolvers() };
    try {
      const start = await this.#whenReady(signal);
      if (start !== 'ready') return start;
      return await this.#runProgram(id, program, this.#running.exit.promise, output, signal);
    } finally {
      this.#running = undefined;
    }
  }

  /** Lets go of the pipes; an idle agent then ends by itself. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#command);
    this.#status.destroy();
  }

  #take(report: AgentReport): void {
    if (report.kind === 'ready') this.#ready.resolve('ready');
    else if (report.id === this.#running?.id) this.#running.exit.resolve(report);
  }

  async #whenReady(signal: AbortSignal): Promise<'ready' | StepEnd> {
    const settled = new AbortController();
    const { metadataUri, startTimeoutMs } = this.#options;
    const answer = await Promise.race([
      this.#ready.promise,
      this.#dead.promise,
      aborted(signal, settled.signal),
      sleep(startTimeoutMs, 'late' as const, { signal: settled.signal }).catch(() => 'late' as const),
      ...(metadataUri === undefined ? [] : [neverStarted(metadataUri, this.name, settled.signal)]),
    ]);
    settled.abort();
    if (answer === 'aborted') return { kind: 'killed' };
    if (answer === 'late') return this.#lost(`it was not ready within ${Math.ceil(startTimeoutMs / 1000)} s`);
    if (typeof answer === 'object') return this.#lost(answer.why);
    // Ready once does not mean alive: a dead agent's pipe is closed.
    if (answer === 'dead' || this.#status.destroyed) return this.#lost('it ended before the step could start');
    return 'ready';
  }

  async #runProgram(
    id: string,
    program: Uint8Array,
    exit: Promise<AgentExit>,
    output: StepOutput,
    signal: AbortSignal,
  ): Promise<StepEnd> {
    const { control } = this.#options;
    const file = path.join(control, `step-${id}`);
    let streams: OpenOutput;
    try {
      await writeNew(file, program);
      streams = openOutput(control, output);
    } catch (error) {
      // No space left, or a step before has laid hands on the pipes of its container.
      return this.#lost(`its control volume cannot be used: ${error instanceof Error ? error.message : String(error)}`);
    }
    try {
      // Lines of their own, whatever a step has left unfinished in the pipe.
      this.#send(`\nrun ${this.#secret} ${id}`);
      const end = await this.#untilEnd(id, exit, signal);
      // What a step without a PID namespace has left behind would hold the streams open.
      if (this.#options.processMarker !== undefined) await killMarked(`${this.#options.processMarker}.${id}`);
      if (end.kind !== 'lost') await streams.drain();
      return end;
    } finally {
      streams.close();
      removeProgram(file);
    }
  }

  async #untilEnd(id: string, exit: Promise<AgentExit>, signal: AbortSignal): Promise<StepEnd> {
    const settled = new AbortController();
    const answer = await Promise.race([exit, this.#dead.promise, aborted(signal, settled.signal)]);
    settled.abort();
    if (answer === 'dead') return this.#lost('it ended while the step ran');
    if (answer !== 'aborted') return { kind: 'exited', exitCode: answer.exitCode, oomKilled: answer.oomKilled };
    return this.#kill(id, exit);
  }

  async #kill(id: string, exit: Promise<AgentExit>): Promise<StepEnd> {
    const { processMarker } = this.#options;
    const settled = new AbortController();
    const late = sleep(KILL_TIMEOUT_MS, 'late' as const, { signal: settled.signal }).catch(() => 'late' as const);
    this.#send(`\nkill ${id}`);
    // The agent may be only about to start the step: look until it has reported the end.
    const looking =
      processMarker === undefined
        ? 0
        : setInterval(() => void killMarked(`${processMarker}.${id}`), HOST_KILL_EVERY_MS);
    const answer = await Promise.race([exit, this.#dead.promise, late]);
    settled.abort();
    clearInterval(looking);
    // A dead agent was PID 1: nothing of its container runs any more.
    return answer === 'late' ? this.#lost('it did not stop the step when told to') : { kind: 'killed' };
  }

  #send(line: string): void {
    try {
      writeSync(this.#command, `${line}\n`);
    } catch {
      // A step has filled its own agent's pipe: as good as an agent that does not listen.
      this.#status.destroy();
    }
  }

  #marked(step: StepRun, id: string): StepRun {
    const { processMarker } = this.#options;
    if (processMarker === undefined) return step;
    const marker = { [RUNNER_ENVIRONMENT.processMarker]: `${processMarker}.${id}` };
    return { ...step, environment: { ...step.environment, ...marker } };
  }

  #lost(why: string): StepEnd {
    return { kind: 'lost', container: this.name, why: `step container ${this.name} was lost: ${why}` };
  }
}

/** The step may have put anything in its place; what is in a control volume ends with its container. */
function removeProgram(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Such as a folder, or nothing.
  }
}

async function neverStarted(uri: string, name: string, settled: AbortSignal): Promise<{ why: string }> {
  return { why: (await stoppedWithoutAnswer(uri, name, settled)) ?? '' };
}

function aborted(signal: AbortSignal, settled: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'), { once: true, signal: settled });
  });
}

export interface TaskContainers {
  readonly paths: TaskPaths;
  readonly names: readonly string[];
  readonly startTimeoutMs: number;
  readonly metadataUri?: string;
  readonly processMarker?: string;
}

/** A step container, and how to let go of it: an idle agent then ends by itself. */
export type OpenContainer = StepContainer & { close(): void };

/**
 * The step containers of a task, by name. The runner's first act: agents spin until their pipes are there. One whose
 * control volume a hostile image has been at first is lost, and no other one with it.
 */
export async function openAgentContainers(task: TaskContainers): Promise<Map<string, OpenContainer>> {
  const { paths, names, ...options } = task;
  const prepared = await prepareControls(names.map((name) => paths.control(name)));
  return new Map(
    names.map((name) => {
      const control = paths.control(name);
      return [name, openContainer({ ...options, name, control }, prepared.get(control))];
    }),
  );
}

function openContainer(options: AgentContainerOptions, problem: string | undefined): OpenContainer {
  if (problem !== undefined) return lostContainer(options.name, problem);
  try {
    return new AgentContainer(options);
  } catch (error) {
    return lostContainer(options.name, error instanceof Error ? error.message : String(error));
  }
}

function lostContainer(name: string, problem: string): OpenContainer {
  const why = `step container ${name} was lost: its control volume cannot be used: ${problem}`;
  return { name, run: () => Promise.resolve({ kind: 'lost', container: name, why }), close: () => undefined };
}
