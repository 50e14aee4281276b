// The real program as a child process, and what can be said of it from outside: what it printed, how it ended, and which
// processes of this machine are its doing.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import type { TestInstance } from './instance.ts';

const PROJECT = path.join(import.meta.dirname, '..', '..', '..');
const START = path.join(PROJECT, 'cli', 'start.mjs');

export interface ProgramOptions {
  readonly instance: TestInstance;
  readonly stateFolder: string;
  readonly queues: readonly string[];
  readonly jobs: number;
  /** More settings. */
  readonly settings?: Readonly<Record<string, string>>;
  /** As a user starts it: `npm start`, whose process is then the one that is signalled. @default false */
  readonly throughNpm?: boolean;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Program {
  readonly ended: Promise<Ended>;
  /** Standard output and error, as they came. */
  output = '';
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #marker: string;

  constructor({ instance, stateFolder, queues, jobs, settings, throughNpm }: ProgramOptions) {
    this.#marker = `program-test-${randomBytes(8).toString('hex')}`;
    const [program, ...args] = throughNpm === true ? ['npm', 'start'] : [process.execPath, START];
    this.#child = spawn(program, args, {
      cwd: PROJECT,
      // A process group of its own, as a terminal gives it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        // Every descendant inherits it: by this one they are found.
        LOGNAME: this.#marker,
        HOME: throughNpm === true ? `${stateFolder}-home` : stateFolder,
        npm_config_update_notifier: 'false',
        EXECUTOR_FRONTEND_URL: instance.url,
        EXECUTOR_FRONTEND_PASSWORD: instance.accessToken,
        ...(queues.length === 1 ? { EXECUTOR_QUEUE_NAME: queues[0] } : { EXECUTOR_QUEUE_NAMES: queues.join(',') }),
        EXECUTOR_MAXIMUM_NUM_JOBS: String(jobs),
        EXECUTOR_QUEUE_POLL_INTERVAL: '100ms',
        EXECUTOR_BACKEND: 'process',
        EXECUTOR_STATE_DIRECTORY: stateFolder,
        ...settings,
      },
    });
    this.pid = this.#child.pid ?? 0;
    const hear = (bytes: Buffer): void => {
      this.output += bytes.toString();
    };
    this.#child.stdout?.on('data', hear);
    this.#child.stderr?.on('data', hear);
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        instance.watch.output(this.output);
        resolve({ code, signal });
      });
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As Ctrl-C at a terminal does: everything in the program's group hears it. */
  killGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  async stop(): Promise<Ended> {
    this.kill('SIGTERM');
    return this.ended;
  }

  /** SIGKILL to the program's own children whose command line holds `text`; returns their number. */
  killChildren(text: string): number {
    const all = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
    const pids = all.flatMap((line) => {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      return pid !== undefined && parent === this.pid && line.includes(text) ? [pid] : [];
    });
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    return pids.length;
  }

  /** Command lines of the processes that this program or its descendants started and that live; itself not among them. */
  processes(): readonly string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== this.pid)
      .flatMap((pid) => {
        try {
          if (!readFileSync(`/proc/${pid}/environ`).includes(this.#marker)) return [];
          return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()];
        } catch {
          return []; // it has just ended
        }
      });
  }

  /** Those that are still there some time after the end: the kernel needs a moment to kill a namespace. */
  async survivors(): Promise<readonly string[]> {
    for (let left = 100; left > 0 && this.processes().length > 0; left--) await sleep(20);
    return this.processes();
  }
}
