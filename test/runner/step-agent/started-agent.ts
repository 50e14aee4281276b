// A step agent started on this machine as an engine starts it: PID 1 of a PID namespace of its own where the kernel
// allows that, with any shell of this machine as its /bin/sh.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { STEP_CONTROL_VARIABLE, STEP_ENTRY_POINT } from '#jobs/task-definition.ts';
import { AgentContainer, type AgentContainerOptions } from '#runner/agent-container.ts';
import { prepareControls } from '#runner/agent-control.ts';
import type { StepEnd, StepRun } from '#runner/step-container.ts';

const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const USER = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];

export const canIsolate = spawnSync('unshare', [...USER, ...NAMESPACES, 'true']).status === 0;

/** Shells of this machine that an image could have as /bin/sh. */
export const shells = ['/bin/dash', '/bin/bash', '/bin/busybox', '/bin/mksh', '/bin/zsh'].filter(
  (shell) => spawnSync('test', ['-x', shell]).status === 0,
);

export interface StartedAgent {
  readonly container: AgentContainer;
  readonly control: string;
  readonly process: ChildProcess;
  run(step: Partial<StepRun> & { script?: string }, signal?: AbortSignal): Promise<Ran>;
  [Symbol.dispose](): void;
}

export interface Ran {
  readonly end: StepEnd;
  readonly stdout: string;
  readonly stderr: string;
}

export interface AgentWish {
  readonly shell?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly isolated?: boolean;
  readonly options?: Partial<AgentContainerOptions>;
}

export async function startAgent(wish: AgentWish = {}): Promise<StartedAgent> {
  const control = mkdtempSync(path.join(tmpdir(), 'agent-'));
  await prepareControls([control]);
  const environment = { PATH: process.env['PATH'], [STEP_CONTROL_VARIABLE]: control, ...wish.environment };
  const [shell = '', ...rest] = command(wish);
  const child = spawn(shell, rest, { env: environment, stdio: 'ignore', detached: true });
  const container = new AgentContainer({ name: 'step-0', control, startTimeoutMs: 5000, ...wish.options });
  return {
    container,
    control,
    process: child,
    run: (step, signal) => run(container, step, signal ?? new AbortController().signal),
    [Symbol.dispose]: () => {
      container.close();
      // The whole group: behind `unshare` the agent is a process of its own.
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, 'SIGKILL');
      rmSync(control, { recursive: true, force: true });
    },
  };
}

function command(wish: AgentWish): string[] {
  if (wish.isolated === false || !canIsolate) return [...STEP_ENTRY_POINT];
  const bind = wish.shell === undefined ? 'true' : `mount -n --bind ${wish.shell} ${realpathSync('/bin/sh')}`;
  return ['unshare', ...USER, ...NAMESPACES, 'bash', '-c', `${bind} && exec "$@"`, 'bash', ...STEP_ENTRY_POINT];
}

async function run(
  container: AgentContainer,
  step: Partial<StepRun> & { script?: string },
  signal: AbortSignal,
): Promise<Ran> {
  const texts = { stdout: '', stderr: '' };
  const end = await container.run(
    { command: ['/bin/sh', '-c', step.script ?? ''], workingDirectory: '/', environment: {}, ...step },
    (stream, bytes) => (texts[stream] += Buffer.from(bytes).toString()),
    signal,
  );
  return { end, ...texts };
}

/** PIDs on this machine whose command line holds the text. */
export function processesWith(text: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(text)).map((line) => line.trim());
}
