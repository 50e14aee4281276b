// One instance, one repository and the programs that a test starts against it; at the end everything that must always hold
// is looked at.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFinished, type SandboxJob } from '#local/sandbox/jobs.ts';
import { TestInstance, type InstanceOptions } from './instance.ts';
import { makeRepository, type Repository, REPOSITORY } from './jobs.ts';
import { Program, type ProgramOptions } from './program.ts';

export class World {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'program-test-'));
  readonly stateFolder = path.join(this.folder, 'state');
  readonly repository: Repository;
  readonly instance: TestInstance;
  /** On the PATH of programs, and so in sight of steps that see nothing else of the folder. */
  readonly #releases = path.join(this.folder, 'releases');
  readonly #programs: Program[] = [];

  constructor(options: Omit<InstanceOptions, 'repositories'>) {
    mkdirSync(this.#releases);
    this.repository = makeRepository(path.join(this.folder, 'repository'));
    this.instance = new TestInstance({
      ...options,
      repositories: { [REPOSITORY]: this.repository.gitDirectory },
    });
  }

  program(options: Omit<ProgramOptions, 'instance' | 'stateFolder'>): Program {
    const settings = { PATH: `${this.#releases}:${process.env['PATH'] ?? ''}`, ...options.settings };
    this.instance.watch.beginHeartbeats();
    const program = new Program({ ...options, settings, instance: this.instance, stateFolder: this.stateFolder });
    this.#programs.push(program);
    return program;
  }

  /** A command for steps that waits until the name is released, however long that takes. */
  untilReleased(name: string): string {
    return `( until command -v released-${name}; do sleep 0.05; done ) >/dev/null 2>&1`;
  }

  release(name: string): void {
    writeFileSync(path.join(this.#releases, `released-${name}`), '#!/bin/sh\n', { mode: 0o755 });
  }

  async close(): Promise<void> {
    for (const program of this.#programs) program.kill('SIGKILL');
    await Promise.all(this.#programs.map(({ ended }) => ended));
    await this.instance.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Broken promises, processes and folders left behind; all programs must have ended. */
  async problems(): Promise<readonly string[]> {
    const survivors = (await Promise.all(this.#programs.map((program) => program.survivors()))).flat();
    return [
      ...this.instance.watch.problems,
      ...survivors.map((command) => `this process is still there: ${command}`),
      ...readdirSync(this.stateFolder).map((name) => `left in the state folder: ${name}`),
    ];
  }
}

/** Waits for a condition; a test that waits for too long, even on a busy machine, says what for. */
export async function until(what: string, condition: () => boolean, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
    await sleep(20);
  }
}

export function finished(job: SandboxJob, timeoutMs?: number): Promise<void> {
  return until(`the end of ${job.queue}/${job.id}, now ${job.state}`, () => isFinished(job), timeoutMs);
}
