import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { STEP_ENTRY_POINT } from '#jobs/task-definition.ts';
import { AgentContainer } from '#runner/agent-container.ts';
import { prepareControls } from '#runner/agent-control.ts';
import type { StepRun } from '#runner/step-container.ts';

const docker = (...words: string[]): string => execFileSync('docker', words, { encoding: 'utf8' }).trim();
const hasImage = (image: string): boolean => docker('images', '-q', image) !== '';

interface Kind {
  readonly image: string;
  readonly options?: readonly string[];
  readonly uid: string;
  /** Whether there is anything but a shell. */
  readonly bare?: boolean;
}

const KINDS: Record<string, Kind> = {
  'busybox, root': { image: 'test/busybox:1', uid: '0' },
  'an image with a user and an odd entry point': { image: 'test/user:1', uid: '1000' },
  'a user of the definition': { image: 'test/busybox:1', options: ['--user', '1234:99'], uid: '1234' },
  'a read-only root file system': { image: 'test/busybox:1', options: ['--read-only'], uid: '0' },
  'one static shell and nothing else': { image: 'test/shell:1', uid: '0', bare: true },
  'one static shell, read-only, no capability at all': {
    image: 'test/shell:1',
    options: ['--read-only', '--cap-drop', 'ALL', '--user', '65534'],
    uid: '65534',
    bare: true,
  },
  'an image laid out as Alpine is, busybox being everything': { image: 'test/alpine-like:1', uid: '0' },
  'bash as /bin/sh and nothing else': { image: 'test/bash:1', uid: '0', bare: true },
  'ksh93 as /bin/sh and nothing else': { image: 'test/ksh93:1', uid: '0', bare: true },
  'mksh as /bin/sh and nothing else': { image: 'test/mksh:1', uid: '0', bare: true },
  Debian: { image: 'test/debian:1', uid: '0' },
};
const there = Object.entries(KINDS).filter(([, { image }]) => hasImage(image));

class Running {
  readonly control = mkdtempSync(path.join(tmpdir(), 'control-'));
  container: AgentContainer | undefined;
  id = '';

  async start(image: string, options: readonly string[]): Promise<void> {
    chmodSync(this.control, 0o755);
    await prepareControls([this.control]);
    const [entry = '', ...rest] = STEP_ENTRY_POINT;
    const secret = ['-e', 'AWS_EXECUTION_ENV=x', '-e', 'ECS_CONTAINER_METADATA_URI_V4=x', '-e', 'EXECUTOR_X=x'];
    const mount = ['-v', `${this.control}:/control`];
    this.id = docker(
      'run',
      '-d',
      '--network',
      'none',
      '--entrypoint',
      entry,
      ...secret,
      ...mount,
      ...options,
      image,
      ...rest,
    );
    this.container = new AgentContainer({ name: 'step-0', control: this.control, startTimeoutMs: 20_000 });
  }

  async run(script: string, more: Partial<StepRun> = {}, signal = new AbortController().signal) {
    const texts = { stdout: '', stderr: '' };
    const step = { command: ['/bin/sh', '-c', script], workingDirectory: '/', environment: {}, ...more };
    const end = await this.container?.run(
      step,
      (name, bytes) => (texts[name] += Buffer.from(bytes).toString()),
      signal,
    );
    return { end, ...texts };
  }

  stop(): void {
    this.container?.close();
    docker('rm', '-fv', this.id);
    rmSync(this.control, { recursive: true });
  }
}

describe.each(there)('the agent in %s', (_, { image, options = [], uid, bare = false }) => {
  const running = new Running();
  beforeAll(() => running.start(image, options), 60_000);
  afterAll(() => running.stop());

  test('runs steps, as PID 1', async () => {
    const ran = await running.run('echo out; echo err >&2; echo $PPID; exit 7', { environment: { A: "it's\n\\" } });
    expect(ran).toEqual({
      end: { kind: 'exited', exitCode: 7, oomKilled: false },
      stdout: 'out\n1\n',
      stderr: 'err\n',
    });
  });

  test('keeps user and environment of the image, without what is ours and of AWS', async () => {
    const script =
      'export -p; while read -r l || [ "$l" ]; do echo "$l"; l=; done < /proc/1/environ; while read -r l; do case $l in Uid*) echo $l;; esac; done < /proc/self/status';
    const ran = await running.run(script);
    expect(ran.stdout).not.toMatch(/AWS_|ECS_|EXECUTOR_/);
    expect(ran.stdout).toContain(`Uid: ${uid} `);
    if (image === 'test/busybox:1' || image === 'test/user:1') expect(ran.stdout).toMatch(/FROM_IMAGE='kept'/);
  });

  test('nothing of a step survives', async () => {
    await running.run("trap '' TERM HUP; (while :; do :; done) & (while :; do :; done) & exit 0");
    expect(docker('top', running.id, '-o', 'pid').split('\n')).toHaveLength(2);
  });

  test('abort', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const ran = await running.run("trap '' TERM INT; while :; do :; done", {}, controller.signal);
    expect(ran.end).toEqual({ kind: 'killed' });
    expect(docker('top', running.id, '-o', 'pid').split('\n')).toHaveLength(2);
  });

  test('files, or why not', async () => {
    const ran = await running.run('read -r l < /control/../tmp/f; echo $l', {
      copies: [{ from: '/etc/passwd', to: '/tmp/f' }],
    });
    if (bare)
      expect(ran.stderr).toContain("the image has no `cp`, which is needed to put the step's files in their place");
    else if (options.includes('--read-only'))
      expect(ran).toMatchObject({ end: { exitCode: 125 }, stderr: /[Rr]ead-only/ });
    else expect(ran.stdout).toMatch(/^root:/);
  });

  test('a step costs a small part of what `docker run` costs', async () => {
    await running.run('exit 0');
    const before = performance.now();
    for (let i = 0; i < 20; i++) expect((await running.run('exit 0')).end).toMatchObject({ exitCode: 0 });
    const step = (performance.now() - before) / 20;
    const then = performance.now();
    docker('run', '--rm', '--network', 'none', '--entrypoint', '/bin/sh', image, '-c', 'exit 0');
    expect((performance.now() - then) / step).toBeGreaterThan(10);
  });

  test('SIGTERM ends it', async () => {
    await running.run('exit 0');
    docker('stop', '-t', '5', running.id);
    expect(docker('inspect', '-f', '{{.State.ExitCode}}', running.id)).toBe('143');
    expect((await running.run('exit 0')).end).toMatchObject({ kind: 'lost' });
  });
});

describe('memory', () => {
  const running = new Running();
  beforeAll(() => running.start('test/busybox:1', ['-m', '48m', '--memory-swap', '48m']), 60_000);
  afterAll(() => running.stop());

  test('a step that takes too much is killed, its agent lives and tells', async () => {
    const ran = await running.run('x=$(yes | head -c 200000000); echo no');
    expect(ran.end).toEqual({ kind: 'exited', exitCode: 137, oomKilled: true });
    expect((await running.run('exit 3')).end).toEqual({ kind: 'exited', exitCode: 3, oomKilled: false });
  });
});
