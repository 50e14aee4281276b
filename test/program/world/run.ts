// The program as a command that runs to its end, such as `npm start -- --spec FILE --repo SOURCE`.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { until } from './world.ts';

const START = path.join(import.meta.dirname, '..', '..', '..', 'cli', 'start.mjs');

export class Command {
  readonly ended: Promise<number | null>;
  output = '';
  readonly #child: ChildProcess;

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [START, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], EXECUTOR_BACKEND: 'process', ...environment },
    });
    const hear = (bytes: Buffer): void => {
      this.output += bytes.toString();
    };
    this.#child.stdout?.on('data', hear);
    this.#child.stderr?.on('data', hear);
    this.ended = new Promise((resolve) => this.#child.on('close', resolve));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As `| head` does. */
  stopReading(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  says(text: string): Promise<void> {
    return until(`the words ${text}; so far:\n${this.output}`, () => this.output.includes(text));
  }
}
