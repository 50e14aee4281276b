// Version 1 jobs beyond the transcripts: how they end when time, the job or a container ends first, what is refused, and
// what steps may leave behind.
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openHostContainers, type HostContainers } from '#local/engines/process/host-containers.ts';
import { runBatchExec, type ExecEnd } from '#runner/batches/batch-exec.ts';
import { runHostCommand } from '#runner/host-command.ts';
import { realClock } from '#runner/real-clock.ts';
import type { StepContainer } from '#runner/step-container.ts';
import { Capture, eventLines, type EventLine } from '../../vector-run/transcript/capture.ts';
import { makeWorkspace } from '../../vector-run/transcript/workspace.ts';

const COMMAND = 'batch exec -f input.json -repo repository -tmp .src-tmp';

let state: string;
let host: HostContainers;
beforeAll(async () => {
  state = mkdtempSync(path.join(tmpdir(), 'exec-'));
  host = await openHostContainers(state, ['step'], { environment: process.env, repository: true });
});
afterAll(async () => {
  await host.close();
  rmSync(state, { recursive: true, force: true });
});
beforeEach(() => {
  for (const name of readdirSync(host.paths.job)) {
    const place = path.join(host.paths.job, name);
    // The repository itself is a mount point.
    const all = name === 'repository' ? readdirSync(place).map((inside) => path.join(place, inside)) : [place];
    for (const one of all) rmSync(one, { recursive: true });
  }
});

const container = (): StepContainer => {
  const found = host.containers.get('step');
  if (found === undefined) throw new Error('the process engine has started no container');
  return found;
};

interface Ran {
  readonly end: ExecEnd;
  readonly events: EventLine[];
  readonly stderr: string;
}

interface Options {
  readonly args?: string;
  readonly input?: object;
  readonly container?: StepContainer | undefined;
  readonly signal?: AbortSignal;
}

const REPOSITORY = {
  name: 'none',
  in: {},
  files: { 'README.md': { content: Buffer.from('hello\n').toString('base64'), mode: '100644' } },
  git: ['git init -q', 'git add --all', 'git commit -qm first'],
};
const GIT_ENV = {
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@b',
  GIT_AUTHOR_DATE: '2024-01-02T03:04:05Z',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@b',
  GIT_COMMITTER_DATE: '2024-01-02T03:04:05Z',
};

async function run(steps: readonly object[], options: Options = {}): Promise<Ran> {
  const input = {
    repository: { id: 'UmVwbzox', name: 'github.com/acme/demo' },
    branch: { name: 'refs/heads/main', target: { oid: 'c0ffee' } },
    steps: steps.map((step) => ({ container: 'alpine:3', ...step })),
    ...options.input,
  };
  makeWorkspace(host.paths.job, { ...REPOSITORY, input }, { about: { gitEnv: GIT_ENV }, cases: [] }, '');
  const capture = new Capture();
  const end = await runBatchExec({
    args: (options.args ?? COMMAND).split(' '),
    paths: host.paths,
    environment: {},
    containers: () => ('container' in options ? options.container : container()),
    output: capture.output,
    hostCommand: runHostCommand,
    signal: options.signal ?? new AbortController().signal,
    clock: realClock,
    taskId: 'T',
    stepStarting: () => undefined,
  });
  return { end, events: eventLines(capture.stdout), stderr: capture.stderr };
}

/** Such as `TASK_STEP FAILURE`. */
const names = (events: readonly EventLine[]): string[] =>
  events.map(({ operation, status }) => `${String(operation)} ${String(status)}`);

const metadataOf = (events: readonly EventLine[], name: string): unknown =>
  events.find(({ operation, status }) => `${String(operation)} ${String(status)}` === name)?.['metadata'];

describe('how a job ends', () => {
  test('the timeout is one for all steps', async () => {
    const { end, events, stderr } = await run([{ run: 'echo 1 > f' }, { run: 'sleep 20' }], {
      args: `${COMMAND} -timeout 4s`,
    });
    expect(end).toEqual({ kind: 'exited', exitCode: 1 });
    expect(stderr).toBe('Timeout reached. Execution took longer than 4s. (exit code: 1)\n');
    expect(metadataOf(events, 'TASK_STEP FAILURE')).toEqual({
      taskID: 'T',
      step: 2,
      exitCode: -1,
      error: 'run: sleep 20\ncontainer: alpine:3\n\nCommand failed: signal: killed',
    });
    // What the first step did is not lost.
    expect(names(events).slice(-2)).toEqual(['CACHE_AFTER_STEP_RESULT SUCCESS', 'EXECUTING_TASK FAILURE']);
  });

  test('a cancelled job says nothing more', async () => {
    const cancel = new AbortController();
    const running: StepContainer = {
      name: 'step',
      run: (step, output, signal) => {
        const end = container().run(step, output, signal);
        cancel.abort();
        return end;
      },
    };
    const { end, events } = await run([{ run: 'sleep 20' }], { container: running, signal: cancel.signal });
    expect(end).toEqual({ kind: 'killed' });
    expect(names(events).at(-1)).toBe('TASK_STEP STARTED');
  });

  test('a container that is lost is no failure of the step', async () => {
    const lost = { kind: 'lost', container: 'step', why: 'it stopped' } as const;
    const { end, events } = await run([{ run: 'true' }], {
      container: { name: 'step', run: () => Promise.resolve(lost) },
    });
    expect(end).toEqual(lost);
    expect(names(events).at(-1)).toBe('TASK_STEP STARTED');
  });

  test('an image without a container is named', async () => {
    const { end, stderr } = await run([{ run: 'true' }], { container: undefined });
    expect(end).toEqual({ kind: 'exited', exitCode: 1 });
    expect(stderr).toBe('the image alpine:3 of step 1 is in no container of this task (exit code: 1)\n');
  });
});

describe('maxAttempts', () => {
  const flaky = { run: 'echo try; [ -e tried ] || { touch tried; exit 3; }', maxAttempts: 2 };

  test("counts for the instance's own program", async () => {
    const { end, events } = await run([flaky], { args: COMMAND.replace('batch exec', 'batch-exec') });
    expect(end).toEqual({ kind: 'exited', exitCode: 0 });
    expect(names(events)).not.toContain('TASK_STEP FAILURE');
    expect(metadataOf(events, 'CACHE_AFTER_STEP_RESULT SUCCESS')).toMatchObject({ value: { stdout: 'try\n' } });
  });

  test('is used up in the end', async () => {
    const { end, events } = await run([{ run: 'exit 3', maxAttempts: 2 }], {
      args: COMMAND.replace('batch exec', 'batch-exec'),
    });
    expect(end).toEqual({ kind: 'exited', exitCode: 1 });
    expect(names(events).filter((name) => name === 'TASK_STEP FAILURE')).toHaveLength(1);
  });

  test('means nothing to src', async () => {
    expect((await run([flaky])).end).toEqual({ kind: 'exited', exitCode: 1 });
  });
});

describe('refused', () => {
  test.each([
    [
      'buildImage',
      [{ run: 'x' }, { buildImage: { run: 'x', baseImage: 'y' } }],
      'step 2: buildImage is not supported: building an image needs privileges that no container here has',
    ],
    [
      'a comma in a file',
      [{ run: 'x', files: { '/a,b': '' } }],
      'step 1 files target path contains invalid characters',
    ],
    [
      'a comma in a mount point',
      [{ run: 'x', mount: [{ path: 'a', mountpoint: '/a,ro' }] }],
      'step 1 mount mountpoint contains invalid characters',
    ],
  ])('%s', async (_, steps, message) => {
    const { end, events, stderr } = await run(steps);
    expect([end, events, stderr]).toEqual([{ kind: 'exited', exitCode: 1 }, [], `${message} (exit code: 1)\n`]);
  });

  test.each([
    [
      'a mount out of the workspace',
      '/etc/passwd',
      'mount path /etc/passwd is not in the same directory or subdirectory as the batch spec',
    ],
    ['a mount that is not there', 'nope', 'mount path nope does not exist'],
    [
      'a link out of the workspace',
      'link',
      'mount path link is not in the same directory or subdirectory as the batch spec',
    ],
  ])('%s', async (_, mount, message) => {
    symlinkSync('/etc', path.join(host.paths.job, 'link'));
    const { stderr } = await run([{ run: 'x', mount: [{ path: mount, mountpoint: '/m' }] }]);
    expect(stderr).toBe(`${message} (exit code: 1)\n`);
  });

  test('no folder for workspace files', async () => {
    const { stderr } = await run([{ run: 'x', mount: [{ path: 'a', mountpoint: '/m' }] }], {
      args: `${COMMAND} -workspaceFiles nowhere`,
    });
    expect(stderr).toMatch(
      /^opening batch spec directory: open \S+\/nowhere: no such file or directory \(exit code: 1\)\n$/,
    );
  });

  test('a folder for temporary files that is there already', async () => {
    await run([{ run: 'true' }]);
    rmSync(path.join(host.paths.job, 'repository', '.git'), { recursive: true });
    const { stderr } = await run([{ run: 'true' }]);
    expect(stderr).toMatch(/^creating temp directory: mkdir \S+\/\.src-tmp: file exists \(exit code: 1\)\n$/);
  });

  test('an input that is not there', async () => {
    const { stderr } = await run([], { args: COMMAND.replace('input.json', 'other.json') });
    expect(stderr).toBe('cannot open file "other.json": open other.json: no such file or directory (exit code: 1)\n');
  });
});

describe('what is left', () => {
  test('scripts and files are gone, from the workspace and from their places', async () => {
    const { end } = await run([{ run: 'cat /tmp/f', files: { '/tmp/f': 'x' } }, { run: '[ ! -e /tmp/f ]' }]);
    expect(end).toEqual({ kind: 'exited', exitCode: 0 });
    expect(readdirSync(path.join(host.paths.job, '.src-tmp'))).toEqual([]);
  });

  test('a step that leaves the time of its files alone finds its key again', async () => {
    const keyOf = async (): Promise<unknown> => {
      const { events } = await run([{ run: 'true', mount: [{ path: 'm', mountpoint: '/tmp/m' }] }]);
      rmSync(path.join(host.paths.job, '.src-tmp'), { recursive: true });
      rmSync(path.join(host.paths.job, 'repository', '.git'), { recursive: true });
      return (metadataOf(events, 'CACHE_AFTER_STEP_RESULT SUCCESS') as { key: string }).key;
    };
    writeFileSync(path.join(host.paths.job, 'm'), 'x');
    expect(await keyOf()).toBe(await keyOf());
    expect(existsSync(path.join(host.paths.job, 'm'))).toBe(true);
  });
});

describe('output', () => {
  test('is told while the step runs', async () => {
    const { events } = await run([{ run: 'echo one; sleep 0.7; echo two' }]);
    const told = events
      .filter(({ status }) => status === 'PROGRESS')
      .map(({ metadata }) => (metadata as { out?: string }).out);
    expect(told.slice(-2)).toEqual(['stdout: one\n', 'stdout: two\n']);
  });

  test('beyond what a result can hold fails the step, and not the step-runner', async () => {
    const { end, events, stderr } = await run([{ run: 'head -c 40000000 /dev/zero | tr "\\000" x' }]);
    expect(end).toEqual({ kind: 'exited', exitCode: 1 });
    expect(stderr).toBe(
      "the step wrote more than 33554432 bytes to its standard output, which is more than a step's result can hold (exit code: 1)\n",
    );
    expect(names(events)).toContain('TASK_STEP FAILURE');
  });

  test('that JSON cannot carry costs the event, not the job', async () => {
    const { end, stderr } = await run([{ run: 'true', outputs: { o: { value: '.nan', format: 'yaml' } } }]);
    expect(end).toEqual({ kind: 'exited', exitCode: 0 });
    expect(stderr).toContain('json: unsupported value: NaN');
  });
});
