// The step that holds the executor's token sees nothing that another step could have changed.
import { mkdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fileOfCommand } from '#runner/isolated-step.ts';
import { type JobFields, JobWorld } from './world/job-world.ts';

let world: JobWorld;
beforeEach(async () => {
  world = new JobWorld();
  await world.start();
  mkdirSync(world.paths.control('shell'), { recursive: true });
});
afterEach(() => world.stop());

const ENV = ['SRC_HEADER_AUTHORIZATION=token-executor hunter2'];
const indexer = (dir: string, ...commands: string[]): JobFields => ({ key: 'indexer', image: 'i', dir, commands });
const upload = (dir: string, ...commands: string[]): JobFields => ({
  key: 'upload',
  image: 'u',
  dir,
  commands,
  env: ENV,
});
const SEND = 'pwd; ls -A; src() { cat "$7"; }; src code-intel upload -no-progress -root sub -file';

async function run(...dockerSteps: JobFields[]): Promise<string> {
  const job = world.job({ repositoryName: '', repositoryDirectory: '', dockerSteps });
  const { result } = await world.run(world.payload(job));
  return result?.outcome.kind === 'completed' ? 'completed' : JSON.stringify(result?.outcome);
}

test.each(['', 'sub', 'sub/dir'])('it gets the one file that it is to send, in the folder %j', async (dir) => {
  const commands = ['set +x', `${SEND} 'the dump'`];
  expect(await run(indexer(dir, 'echo index > "the dump"; echo x > other'), upload(dir, ...commands))).toBe(
    'completed',
  );
  const [folder, ...lines] = world.stdout('step.docker.upload');
  expect(folder).toBe([`${world.paths.control('shell')}/job`, ...(dir === '' ? [] : [dir])].join('/'));
  expect(lines.filter((line) => !line.startsWith('.'))).toEqual(['the dump', 'index']);
});

test.each([
  ['a link to its own environment', 'ln -s /proc/self/environ dump'],
  ['a link to a file of the workspace', 'echo x > x; ln -s x dump'],
  ['a folder', 'mkdir dump'],
  ['a pipe', 'mkfifo dump'],
])('%s in place of the file is refused', async (_, poison) => {
  expect(await run(indexer('sub', poison), upload('sub', `${SEND} dump`))).toContain('starting command');
  expect(world.out('step.docker.upload')).toContain('the file "dump" that this step is to send is no ordinary file');
  expect(world.stdout('step.docker.upload')).toEqual([]);
});

test('a link in place of its folder is refused, and a file that leads out', async () => {
  const poison = 'cd ..; rmdir sub; ln -s /etc sub';
  await run(indexer('sub', poison), upload('sub', `${SEND} passwd`));
  expect(world.out('step.docker.upload')).toContain('is no ordinary file');
  await run(indexer('', 'true'), upload('', `${SEND} ../../../../../etc/passwd`));
  expect(world.out('step.docker.upload')).toContain('is no ordinary file');
});

test('a file that is not there is for the program to tell', async () => {
  expect(await run(indexer('', 'true'), upload('', `${SEND} dump`))).toContain('exit code 1');
  expect(world.out('step.docker.upload')).toMatch(/cat: dump: No such file/);
});

describe('the file of a command', () => {
  test.each([
    ['src code-intel upload -file dump.lsif -root .', 'dump.lsif'],
    ["src lsif upload -file 'a b'\\''c'", "a b'c"],
    ['src upload --file="a \\" b"', 'a " b'],
    ['src upload -file=x', 'x'],
    ['src upload -file a\\ b', 'a b'],
    ['src upload -files x', undefined],
  ])('%s', (command, file) => expect(fileOfCommand(command)).toBe(file));
});
