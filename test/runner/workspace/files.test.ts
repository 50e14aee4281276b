// Files of a job: where they may go, what is in them, and what they look like to a step.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type JobFields, JobWorld } from '../world/job-world.ts';

let world: JobWorld;
beforeEach(async () => {
  world = new JobWorld();
  await world.start({ 'README.md': 'hello\n', out: '-> ../../..', 'link.txt': '-> README.md' });
});
afterEach(() => world.stop());

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function withFiles(files: JobFields, commands: readonly string[], fields: JobFields = {}): Promise<string[]> {
  const dockerSteps = [{ key: 'look', image: 'i', dir: '.', commands: ['set +x', ...commands] }];
  await world.run(world.payload(world.job({ dockerSteps, files, ...fields })));
  return world.stdout('step.docker.look');
}

describe('content', () => {
  test('version 2: base64, bare strings, nothing at all', async () => {
    const files = { 'a/b.txt': { content: base64('inline') }, 'bare.txt': 'bare', 'empty.txt': {} };
    expect(await withFiles(files, ['cat a/b.txt; echo; cat bare.txt; echo; wc -c < empty.txt'])).toEqual([
      'inline',
      'bare',
      '0',
    ]);
  });

  test('version 1: plain text', async () => {
    expect(await withFiles({ 'a.txt': { content: 'cGxhaW4=' } }, ['cat a.txt'], { version: 1 })).toEqual(['cGxhaW4=']);
  });

  test('from the files route, past a fault', async () => {
    world.server.files.set('batch-changes/x/y', Buffer.from([0x66, 0xff, 0x0a]));
    let failures = 1;
    world.server.fault = ({ path: route }) =>
      route.startsWith('/.executors/files/') && failures-- > 0 ? { status: 503 } : undefined;
    expect(await withFiles({ 'f.bin': { bucket: 'batch-changes', key: 'x/y' } }, ['od -An -tx1 f.bin'])).toEqual([
      ' 66 ff 0a',
    ]);
  });
});

test('mode 0777, the exact modification time, one line a file', async () => {
  const files = { 'a.sh': { content: base64('x'), modifiedAt: '2024-02-03T04:05:06.123456789+01:00' } };
  const lines = await withFiles(files, ["stat -c '%a %Y' a.sh", "date -u -r a.sh '+%N'"]);
  expect(lines).toEqual(['777 1706929506', '123456789']);
  const written = world.out('setup.fs.extras').trimEnd().split('\n');
  expect(written).toHaveLength(2);
  for (const line of written) expect(line).toMatch(/^Wrote \/.+ in [\d.]+(µs|ms)$/);
});

describe('a file that would lie elsewhere is refused, and nothing is written', () => {
  test.each<[name: string, file: string]>([
    ['above the workspace', '../escaped'],
    ['above by a detour', 'a/../../escaped'],
    ['absolute', '/tmp/escaped'],
    ['through a link of the repository', 'repository/out/escaped'],
    ['onto a link of the repository', 'repository/link.txt'],
  ])('%s', async (_, file) => {
    const job = world.job({ files: { [file]: { content: base64('x') } } });
    const { result } = await world.run(world.payload(job, { options: { keepWorkspace: 'always', tlsVerify: true } }));
    expect(result?.outcome).toEqual({
      kind: 'failed',
      errorMessage: 'creating workspace: refusing to write outside of working directory',
    });
    expect(existsSync(path.join(path.dirname(world.paths.job), 'escaped'))).toBe(false);
    expect(readFileSync(path.join(world.paths.job, 'repository/README.md'), 'utf8')).toBe('hello\n');
    expect(world.entry('setup.fs.extras')?.exitCode).toBe(1);
  });
});

describe('other files that cannot be', () => {
  test.each<[name: string, files: JobFields, message: string]>([
    ['no base64', { f: { content: '%%%' } }, 'file "f": its content is no base64'],
    ['no time', { f: { content: '', modifiedAt: 'yesterday' } }, 'file "f": modifiedAt is no RFC 3339 time'],
    ['not there', { f: { bucket: 'b', key: 'k' } }, 'fetching file "f": Sourcegraph has no such file'],
    ['a folder in its place', { repository: { content: '' } }, 'is a directory'],
    ['a file where a folder must be', { 'repository/README.md/x': { content: '' } }, 'not a directory'],
  ])('%s', async (_, files, message) => {
    const { result } = await world.run(world.payload(world.job({ files })));
    expect(result?.outcome).toMatchObject({ kind: 'failed' });
    expect(JSON.stringify(result?.outcome)).toContain(JSON.stringify(message).slice(1, -1));
  });
});

test("a step cannot change the next step's script", async () => {
  const dockerSteps = [
    {
      key: 'first',
      image: 'i',
      dir: '.',
      commands: ['for s in .sourcegraph-executor/*; do echo "echo evil" > "$s"; done'],
    },
    { key: 'second', image: 'i', dir: '.', commands: ['echo good'] },
  ];
  await world.run(world.payload(world.job({ dockerSteps })));
  expect(world.stdout('step.docker.second')).toEqual(['good']);
});

test("a step that puts a link in its scripts' place fails the next step, and nothing is written through it", async () => {
  const target = path.join(world.root, 'target');
  const dockerSteps = [
    {
      key: 'first',
      image: 'i',
      dir: '.',
      commands: [`mkdir ${target}`, `rm -rf .sourcegraph-executor && ln -s ${target} .sourcegraph-executor`],
    },
    { key: 'second', image: 'i', dir: '.', commands: ['echo good'] },
  ];
  const { result } = await world.run(world.payload(world.job({ dockerSteps })));
  expect(result?.outcome).toEqual({
    kind: 'failed',
    errorMessage:
      'running command "step.docker.second": starting command: refusing to write outside of working directory',
  });
});
