// Native steps beyond the transcripts: the deliberate differences to the reference, and what a hostile step can leave in
// the workspace for a step-runner that is root.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runNativeStep } from '#runner/batches/native.ts';
import { runHostCommand } from '#runner/host-command.ts';
import { realClock } from '#runner/real-clock.ts';
import { BADLY, NativeWorld, WELL } from './native-world.ts';

let world: NativeWorld;
beforeEach(() => {
  world = new NativeWorld();
});
afterEach(() => world.close());

describe('deliberate differences', () => {
  test('changedFiles is filled, and the next step sees it', async () => {
    world.input([
      { run: 'x', outputs: { added: { value: '${{ step.added_files }}' } } },
      { run: 'echo ${{ previous_step.modified_files }} ${{ outputs.added }}' },
    ]);
    world.shell('echo more >> README.md; echo new > new.txt');
    world.logs(0);
    const post = await world.run('post 0');
    expect(post.end).toEqual(WELL);
    expect(post.events[1]).toMatchObject({
      metadata: {
        value: { changedFiles: { modified: ['README.md'], added: ['new.txt'], deleted: null, renamed: null } },
      },
    });
    expect((await world.run('pre 1')).end).toEqual(WELL);
    expect(world.read('step1.sh')).toBe('echo [README.md] [new.txt]');
  });

  test('workspace files stay for the steps that come', async () => {
    const mount = (mountpoint: string): object => ({ mount: [{ path: 'tool.sh', mountpoint }] });
    world.input([
      { run: 'one', ...mount('/one') },
      { run: 'two', ...mount('/two') },
    ]);
    world.write('workspace-files/tool.sh', 'echo tool');
    const flags = '-workspaceFiles workspace-files';
    expect((await world.run(`pre 0 ${flags}`)).end).toEqual(WELL);
    world.logs(0);
    expect((await world.run(`post 0 ${flags}`)).end).toEqual(WELL);
    expect((await world.run(`pre 1 ${flags}`)).end).toEqual(WELL);
    expect(world.read('step1.sh')).toBe('cp -r workspace-files/tool.sh /two\nchmod -R +x /two\ntwo');
  });

  test('the default folder of workspace files is the one in the workspace, wherever that is', async () => {
    world.input([{ run: 'one', mount: [{ path: 'tools', mountpoint: '/t' }] }]);
    world.write('workspace-files/tools/a', '');
    expect((await world.run('pre 0')).end).toEqual(WELL);
    expect(world.read('step0.sh')).toBe(`cp -r ${world.in('workspace-files')}/tools/ /t\nchmod -R +x /t\none`);
  });

  test('outputs are not told line by line', async () => {
    world.input([{ run: 'x', outputs: { o: { value: 'v' } } }]);
    world.logs(0);
    const { events } = await world.run('post 0');
    expect(events.map(({ operation }) => operation)).toEqual(['TASK_STEP', 'CACHE_AFTER_STEP_RESULT']);
  });
});

describe('refused by name', () => {
  test.each([
    ['buildImage', { buildImage: { run: 'x', baseImage: 'y' } }, /^step 1: buildImage is not supported: /],
    ['a comma in a file', { files: { '/a,b': '' } }, /^step 1 files target path contains invalid characters$/],
    [
      'a comma in a mount point',
      { mount: [{ path: 'a', mountpoint: '/a,ro' }] },
      /^step 1 mount mountpoint contains invalid characters$/,
    ],
    ['a comma in a mount path', { mount: [{ path: 'a,b', mountpoint: '/a' }] }, /^step 1 mount path contains invalid /],
    [
      'a folder beside the workspace files',
      { mount: [{ path: '../workspace-files-evil/x', mountpoint: '/a' }] },
      /^getAbsoluteMountPath: mount path \.\.\/workspace-files-evil\/x is not in the same directory or subdirectory /,
    ],
    [
      'a link out of the workspace files',
      { mount: [{ path: 'link', mountpoint: '/a' }] },
      /^getAbsoluteMountPath: mount path link is not in the same directory or subdirectory as the batch spec$/,
    ],
  ])('%s', async (_, step, message) => {
    world.write('workspace-files-evil/x', '');
    mkdirSync(world.in('workspace-files'));
    symlinkSync('/etc', world.in('workspace-files/link'));
    world.input([{ run: 'x', ...step }]);
    const { end, stderr, events } = await world.run('pre 0');
    expect(end).toEqual(BADLY);
    expect(stderr).toMatch(message);
    expect(events).toEqual([]);
  });

  test('a step that is not there', async () => {
    world.input([{ run: 'x' }]);
    for (const mode of ['pre', 'post']) {
      world.logs(7);
      const { end, stderr } = await world.run(`${mode} 7`);
      expect([end, stderr]).toEqual([BADLY, 'there is no step 7: the execution input has 1, counted from 0']);
    }
  });
});

describe('what a step left for the step-runner', () => {
  const secret = 'not for steps\n';
  let outside: string;
  beforeEach(() => {
    outside = path.join(world.root, 'outside');
    writeFileSync(outside, secret);
    world.input([{ run: 'x', files: { '/tmp/f': 'x' } }, { run: 'y ${{ previous_step.stdout }}' }]);
    world.logs(0);
  });

  test.each([
    [
      'its output',
      'stdout0.log',
      'post 0',
      /^failed to read stdout file: open \S+: too many levels of symbolic links$/,
    ],
    [
      'its errors',
      'stderr0.log',
      'post 0',
      /^failed to read stderr file: open \S+: too many levels of symbolic links$/,
    ],
    ['an earlier result', 'step0.json', 'pre 1', /^failed to read step result file: open step0.json: too many levels /],
    [
      'the input',
      'input.json',
      'pre 0',
      /^failed to read execution input file "input.json": open input.json: too many /,
    ],
  ])('a link in the place of %s is not followed', async (_, name, line, message) => {
    rmSync(world.in(name), { force: true });
    symlinkSync(outside, world.in(name));
    const { end, stderr } = await world.run(line);
    expect(end).toEqual(BADLY);
    expect(stderr).toMatch(message);
  });

  test.each([
    ['the script', 'step0.sh', 'pre 0'],
    ['the result', 'step0.json', 'post 0'],
  ])('a link in the place of %s is replaced', async (_, name, line) => {
    symlinkSync(outside, world.in(name));
    expect((await world.run(line)).end).toEqual(WELL);
    expect(readFileSync(outside, 'utf8')).toBe(secret);
    expect(lstatSync(world.in(name)).isFile()).toBe(true);
  });

  test('a link in the place of the files is an error', async () => {
    mkdirSync(path.join(world.root, 'elsewhere'));
    symlinkSync(path.join(world.root, 'elsewhere'), world.in('step0files'));
    const { end, stderr } = await world.run('pre 0');
    expect(end).toEqual(BADLY);
    expect(stderr).toMatch(/mkdir \S+\/step0files: file exists$/);
  });

  test('a folder of earlier results may not lead out of the workspace', async () => {
    mkdirSync(path.join(world.root, 'elsewhere'));
    writeFileSync(path.join(world.root, 'elsewhere', 'step0.json'), '{}');
    symlinkSync(path.join(world.root, 'elsewhere'), world.in('results'));
    const { stderr } = await world.run('pre 1 -previousStepPath results');
    expect(stderr).toMatch(/^failed to read step result file: open results\/step0.json: too many levels /);
  });

  test('a pipe in the place of its output is not waited for', async () => {
    rmSync(world.in('stdout0.log'));
    execFileSync('mkfifo', [world.in('stdout0.log')]);
    expect((await world.run('post 0')).stderr).toMatch(/^failed to read stdout file: read \S+: invalid argument$/);
  });

  test('an output beyond all measure is not read', async () => {
    truncateSync(world.in('stdout0.log'), 3 * 2 ** 30);
    expect((await world.run('post 0')).stderr).toMatch(/^failed to read stdout file: read \S+: file too large$/);
  });

  test.each([
    ['a file', (): void => world.write('skip.json', '{"nextStep":"step.9.pre"}')],
    ['a link', (): void => symlinkSync(outside, world.in('skip.json'))],
    ['a folder', (): void => world.write('skip.json/x', '')],
  ])('a forged skip.json, %s, is gone after pre', async (_, forge) => {
    forge();
    expect((await world.run('pre 0')).end).toEqual(WELL);
    expect(existsSync(world.in('skip.json'))).toBe(false);
    expect(readFileSync(outside, 'utf8')).toBe(secret);
  });
});

describe('the cached diff', () => {
  test('is applied and staged', async () => {
    world.write(
      'state.diff',
      'diff --git README.md README.md\n--- README.md\n+++ README.md\n@@ -1 +1,2 @@\n hello\n+more\n',
    );
    expect(await world.run('apply-diff')).toEqual({ end: WELL, events: [], stderr: '' });
    expect(world.shell('git status --short')).toBe('M  README.md\n');
  });

  test.each([
    ['does not fit', 'diff --git a a\n--- a\n+++ a\n@@ -1 +1 @@\n-x\n+y\n', 1, 'error: a: No such file or directory\n'],
    ['is none', 'nothing\n', 128, 'error: No valid patches in input (allow with "--allow-empty")\n'],
    [
      'leaves the repository',
      'diff --git ../x ../x\nnew file mode 100644\n--- /dev/null\n+++ ../x\n@@ -0,0 +1 @@\n+y\n',
      128,
      "error: invalid path '../x'\n",
    ],
  ])('that %s ends with what git says', async (_, diff, exitCode, stderr) => {
    world.write('state.diff', diff);
    expect(await world.run('apply-diff')).toEqual({ end: { kind: 'exited', exitCode }, events: [], stderr });
  });

  test('that is a link is refused', async () => {
    symlinkSync('/etc/passwd', world.in('state.diff'));
    expect(await world.run('apply-diff')).toMatchObject({ end: BADLY, stderr: 'state.diff is a symbolic link' });
  });
});

describe('EXECUTOR_ADD_SAFE', () => {
  test.each(['', 'true', 'false', '0', 'T'])('may be %p', async (value) => {
    world.input([{ run: 'x' }]);
    world.logs(0);
    expect((await world.run('post 0', { EXECUTOR_ADD_SAFE: value })).end).toEqual(WELL);
  });

  test('must be a bool', async () => {
    world.input([{ run: 'x' }]);
    expect(await world.run('post 0', { EXECUTOR_ADD_SAFE: 'maybe' })).toMatchObject({
      end: BADLY,
      stderr: 'parsing EXECUTOR_ADD_SAFE boolean: strconv.ParseBool: parsing "maybe": invalid syntax',
    });
  });
});

test('SRC_EXECUTOR_ variables reach a step only by their bare names, and never its key', async () => {
  const environment = { SRC_EXECUTOR_JOB_TOKEN: 'token-of-the-job', SRC_EXECUTOR_JOB_ID: '42' };
  world.input([{ run: 'x', env: ['SRC_EXECUTOR_JOB_TOKEN', { A: 'b' }] }]);
  await world.run('pre 0', environment);
  expect(world.read('step0.sh')).toBe('export SRC_EXECUTOR_JOB_TOKEN=token-of-the-job\nexport A=b\nx');
  const keys = [];
  for (const token of ['one', 'other']) {
    world.logs(0);
    const { events } = await world.run('post 0', { ...environment, SRC_EXECUTOR_JOB_TOKEN: token });
    keys.push((events[1]?.['metadata'] as { key: string }).key);
  }
  expect(keys[0]).toBe(keys[1]);
});

test('a job that has ended starts nothing more', async () => {
  world.input([{ run: 'x' }]);
  world.logs(0);
  const end = await runNativeStep({
    args: ['batcheshelper', 'post', '0'],
    paths: world.paths,
    environment: {},
    output: () => undefined,
    hostCommand: runHostCommand,
    signal: AbortSignal.abort(),
    clock: realClock,
  });
  expect(end).toEqual({ kind: 'killed' });
  expect(existsSync(world.in('step0.json'))).toBe(false);
});
