// Runs a program for the step-runner itself (git, the setup script). It leads a process group of its own, so that its
// children end with it: a git that is killed would leave git-remote-https and index-pack behind.
import { spawn } from 'node:child_process';
import type { StepOutput } from './step-container.ts';

export interface HostCommand {
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
}

export type HostCommandEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'killed' }
  | { readonly kind: 'not-started'; readonly message: string };

/** `output` is called in the order read and never after the promise has settled. */
export type RunHostCommand = (command: HostCommand, output: StepOutput, signal: AbortSignal) => Promise<HostCommandEnd>;

/** Go's exit code of a process that a signal ended. */
const ENDED_BY_SIGNAL = -1;

export const runHostCommand: RunHostCommand = (command, output, signal) => run(command.argv, command, output, signal);

/**
 * Commands that end with their task. `launcher` is a program with its arguments that starts them, as `nsenter` does in the
 * task's own PID namespace, and ends as they do (empty: none); `mark` are variables by which an engine finds them.
 */
export function hostCommandsBy(
  [launcher, ...options]: readonly string[],
  mark: Readonly<Record<string, string>>,
): RunHostCommand {
  return (command, output, signal) => {
    const argv = launcher === undefined ? command.argv : ([launcher, ...options, ...command.argv] as const);
    return run(argv, { ...command, environment: { ...command.environment, ...mark } }, output, signal);
  };
}

function run(
  [program, ...args]: readonly [string, ...string[]],
  command: HostCommand,
  output: StepOutput,
  signal: AbortSignal,
): Promise<HostCommandEnd> {
  if (signal.aborted) return Promise.resolve({ kind: 'killed' });
  const { promise, resolve } = Promise.withResolvers<HostCommandEnd>();
  const child = spawn(program, args, {
    env: command.environment,
    cwd: command.workingDirectory,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = (): void => killGroup(child.pid);
  signal.addEventListener('abort', kill, { once: true });
  child.stdout.on('data', (bytes: Buffer) => output('stdout', bytes));
  child.stderr.on('data', (bytes: Buffer) => output('stderr', bytes));
  // What the program has left behind in its group would keep the pipes open.
  child.on('exit', kill);
  child.on('error', (error) => {
    signal.removeEventListener('abort', kill);
    resolve({ kind: 'not-started', message: `starting command: ${error.message}` });
  });
  child.on('close', (exitCode) => {
    signal.removeEventListener('abort', kill);
    resolve(signal.aborted ? { kind: 'killed' } : { kind: 'exited', exitCode: exitCode ?? ENDED_BY_SIGNAL });
  });
  return promise;
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nothing of the group is left.
  }
}
