// Repositories as the command line names them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listFiles, nameOfUrl, openRepository } from '#local/repositories/open.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'repositories-'));
const environment = { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
const options = { cacheDirectory: path.join(folder, 'clones'), environment };
const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: folder, env: environment, encoding: 'utf8' });

beforeAll(() => {
  git('-c', 'init.defaultBranch=trunk', 'init', '-q', 'demo');
  git('init', '-q', 'empty');
  mkdirSync(path.join(folder, 'plain'));
  mkdirSync(path.join(folder, 'demo', 'sub'));
  writeFileSync(path.join(folder, 'demo', 'sub', 'ü.txt'), 'x\n');
  git('-C', 'demo', 'add', '--all');
  git('-C', 'demo', '-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'one');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (source: string) => openRepository(source.replace('FOLDER', folder), options);

describe('a repository', () => {
  test('is named after its folder, with branch, commit and files', async () => {
    const opened = await open('FOLDER/demo');
    if (opened.kind !== 'opened') throw new Error(opened.message);
    expect(opened.repository).toMatchObject({
      name: 'demo',
      defaultBranch: 'trunk',
      branches: { trunk: opened.repository.commit },
    });
    expect(listFiles(opened.repository, opened.repository.commit, environment)).toEqual(['sub/ü.txt']);
  });

  test('is named as the user says, or after its origin', async () => {
    expect(await open('github.com/a/b=FOLDER/demo')).toMatchObject({ repository: { name: 'github.com/a/b' } });
    git('-C', 'demo', 'remote', 'add', 'origin', 'git@github.com:acme/demo.git');
    expect(await open('FOLDER/demo')).toMatchObject({ repository: { name: 'github.com/acme/demo' } });
  });

  test('may be a URL, which is cloned and fetched again the next time', async () => {
    const url = `file://${folder}/demo`;
    const first = await open(url);
    const second = await open(url);
    expect(first).toMatchObject({ kind: 'opened', repository: { name: 'demo' } });
    expect(second).toEqual(first);
  });

  test('with uncommitted changes says that they are not seen', async () => {
    writeFileSync(path.join(folder, 'demo', 'new.txt'), 'x\n');
    expect(await open('FOLDER/demo')).toMatchObject({
      repository: { notice: 'has uncommitted changes, which are not seen' },
    });
  });

  test.each([
    ['no folder', 'FOLDER/none', 'no such folder'],
    ['no git repository', 'FOLDER/plain', 'not a git repository'],
    ['no commit', 'FOLDER/empty', 'has no commit yet'],
    ['a URL that leads nowhere', 'file:///nowhere/at/all', 'cannot be cloned'],
  ])('%s is refused with a reason', async (_, source, message) => {
    const opened = await open(source);
    expect(opened.kind === 'failed' && opened.message).toContain(message);
  });
});

test.each([
  ['https://github.com/a/b.git', 'github.com/a/b'],
  ['https://user:secret@github.com:8443/a/b', 'github.com/a/b'],
  ['git@github.com:a/b.git', 'github.com/a/b'],
  ['ssh://git@host/a/b/', 'host/a/b'],
  ['file:///srv/git/b.git', 'b'],
  ['../b', undefined],
])('%s is called %s', (url, name) => {
  expect(nameOfUrl(url)).toBe(name);
});
