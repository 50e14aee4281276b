// A workspace with a repository of one commit in which native steps can be tried, without step containers: what a step
// would do the test does itself.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runNativeStep, type NativeEnd } from '#runner/batches/native.ts';
import { runHostCommand } from '#runner/host-command.ts';
import { realClock } from '#runner/real-clock.ts';
import { hostPaths, type TaskPaths } from '#runner/task-paths.ts';
import { Capture, eventLines, type EventLine } from '../../vector-run/transcript/capture.ts';

export interface Ran {
  readonly end: NativeEnd;
  readonly events: EventLine[];
  readonly stderr: string;
}

export class NativeWorld {
  readonly root = mkdtempSync(path.join(tmpdir(), 'native-'));
  readonly paths: TaskPaths = hostPaths(this.root, false);

  constructor() {
    mkdirSync(this.in('repository'), { recursive: true });
    this.write('repository/README.md', 'hello\n');
    this.shell('git init -q && git add --all && git commit -qm first');
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  in(name: string): string {
    return path.join(this.paths.job, name);
  }

  write(name: string, content: string | Uint8Array): void {
    mkdirSync(path.dirname(this.in(name)), { recursive: true });
    writeFileSync(this.in(name), content);
  }

  read(name: string): string {
    return readFileSync(this.in(name), 'utf8');
  }

  /** In the repository, as a step's own shell. */
  shell(script: string): string {
    const identity = {
      GIT_AUTHOR_NAME: 'A',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'A',
      GIT_COMMITTER_EMAIL: 'a@b',
    };
    return execFileSync('/bin/sh', ['-c', script], {
      cwd: this.in('repository'),
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', HOME: this.root, GIT_CONFIG_NOSYSTEM: '1', ...identity },
    });
  }

  input(steps: readonly Readonly<Record<string, unknown>>[], more: Readonly<Record<string, unknown>> = {}): void {
    const input = {
      BatchChangeAttributes: { Name: 'change', Description: '' },
      repository: { id: 'UmVwbzox', name: 'github.com/acme/demo' },
      branch: { name: 'refs/heads/main', target: { oid: 'c0ffee' } },
      path: '',
      steps: steps.map((step) => ({ container: 'alpine:3', env: {}, ...step })),
      searchResultPaths: [],
      ...more,
    };
    this.write('input.json', JSON.stringify(input));
  }

  async run(line: string, environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const capture = new Capture();
    const { signal } = new AbortController();
    const args = line.split(' ');
    const end = await runNativeStep({
      args: args[0] === 'apply-diff' ? args : ['batcheshelper', ...args],
      paths: this.paths,
      environment,
      output: capture.output,
      hostCommand: runHostCommand,
      signal,
      clock: realClock,
    });
    return { end, events: eventLines(capture.stdout), stderr: capture.stderr };
  }

  /** As the run step leaves it. */
  logs(stepIndex: number, stdout = '', stderr = ''): void {
    this.write(`stdout${stepIndex}.log`, stdout);
    this.write(`stderr${stepIndex}.log`, stderr);
  }
}

export const WELL: NativeEnd = { kind: 'exited', exitCode: 0 };
export const BADLY: NativeEnd = { kind: 'exited', exitCode: 1 };
