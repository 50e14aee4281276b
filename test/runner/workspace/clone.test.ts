// Clones of every kind that a job can ask for, from a real git server.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OUTSIDE } from '#runner/workspace/write-inside.ts';
import { type JobFields, JOB_TOKEN, JobWorld } from '../world/job-world.ts';

let world: JobWorld;
beforeEach(async () => {
  world = new JobWorld();
  await world.start({ 'README.md': 'hello\n', 'src/a.ts': 'a\n', 'docs/b.md': 'b\n' });
});
afterEach(() => world.stop());

async function clone(fields: JobFields, commands: readonly string[]): Promise<string[]> {
  const dockerSteps = [{ key: 'look', image: 'i', dir: 'repository', commands: ['set +x', ...commands] }];
  await world.run(world.payload(world.job({ dockerSteps, ...fields })));
  return world.stdout('step.docker.look');
}
const shown = (key: string): string => (world.entry(key)?.command ?? []).slice(3).join(' ');

describe('what git is told', () => {
  test.each<[name: string, fields: JobFields, fetch: string]>([
    ['shallow', { shallowClone: true }, '--no-recurse-submodules --no-tags --depth=1 origin'],
    ['shallow with tags', { shallowClone: true, fetchTags: true }, '--no-recurse-submodules --tags --depth=1 origin'],
    ['with history', { shallowClone: false }, '--no-recurse-submodules origin'],
    [
      'sparse',
      { shallowClone: true, sparseCheckout: ['/src/'] },
      '--no-recurse-submodules --no-tags --depth=1 --filter=blob:none origin',
    ],
  ])('%s', async (_, fields, fetch) => {
    await clone(fields, ['true']);
    expect(shown('setup.git.fetch')).toBe(`-c protocol.version=2 fetch --progress ${fetch} ${world.commit}`);
    expect(shown('setup.git.add-remote')).toBe(
      `remote add origin ${world.server.url}/.executors/git/${world.repository}`,
    );
    expect(shown('setup.git.disable-gc')).toBe('config --local gc.auto 0');
    expect(shown('setup.git.set-remote')).toBe(`remote set-url origin ${world.repository}`);
  });
});

test('a sparse checkout has its folders only, and fetches their files with the job token', async () => {
  expect(await clone({ sparseCheckout: ['/src/'] }, ['find . -path ./.git -prune -o -type f -print'])).toEqual([
    './src/a.ts',
  ]);
  expect(world.server.entries.map(({ key }) => key).slice(3, 7)).toEqual([
    'setup.git.fetch',
    'setup.git.sparse-checkout-config',
    'setup.git.sparse-checkout-set',
    'setup.git.checkout',
  ]);
});

test('tags come only when asked for', async () => {
  expect(await clone({ fetchTags: true }, ['git tag'])).toEqual(['v1']);
});

test('without a repository directory the workspace itself is the repository', async () => {
  const dockerSteps = [{ key: 'look', image: 'i', dir: 'src', commands: ['set +x', 'cat a.ts'] }];
  expect(await clone({ repositoryDirectory: '', dockerSteps }, [])).toEqual(['a']);
});

test('a job without repository clones nothing', async () => {
  const dockerSteps = [{ key: 'look', image: 'i', dir: '.', commands: ['set +x', 'ls -A'] }];
  expect(await clone({ repositoryName: '', dockerSteps }, [])).toEqual(['.sourcegraph-executor']);
  expect(world.entry('setup.git.init')).toBeUndefined();
});

describe('a clone that cannot be', () => {
  test.each<[name: string, fields: JobFields, message: string]>([
    ['outside of the workspace', { repositoryDirectory: '../other' }, 'invalid repo path'],
    ['a commit that is an option', { commit: '--upload-pack=touch x' }, 'invalid commit'],
    ['a repository that leads elsewhere', { repositoryName: '../../other' }, 'invalid repository name'],
    ['an unknown repository', { repositoryName: 'github.com/no/such' }, 'failed setup.git.fetch: command failed'],
  ])('%s', async (_, fields, message) => {
    const { result } = await world.run(world.payload(world.job(fields)));
    expect(result?.outcome).toMatchObject({ kind: 'failed' });
    expect(JSON.stringify(result?.outcome)).toContain(`creating workspace: ${message}`);
  });
});

test('a server that fails for a moment is asked again', async () => {
  let failures = 2;
  world.server.fault = ({ path }) =>
    path.startsWith('/.executors/git/') && failures-- > 0 ? { status: 502 } : undefined;
  expect(await clone({}, ['cat README.md'])).toEqual(['hello']);
  expect(world.out('setup.git.fetch')).toContain('[trying again in 1 s]');
});

test('a redirect takes no header to another host', async () => {
  const other = new JobWorld();
  await other.start();
  world.server.fault = ({ path }) =>
    path.startsWith('/.executors/git/') ? { status: 302, location: `${other.server.url}${path}` } : undefined;
  const { result } = await world.run(world.payload(world.job()));
  expect(result?.outcome.kind).toBe('failed');
  expect(other.server.requests).toEqual([]);
  await other.stop();
});

// A hostile image's own /bin/sh runs from the start of the task, before the step-runner has cloned.
describe('a workspace in which somebody was first', () => {
  const planted = (name: string): string => path.join(world.paths.job, 'repository', name);
  const plant = (name: string, content: string): void => {
    mkdirSync(path.dirname(planted(name)), { recursive: true });
    writeFileSync(planted(name), content, { mode: 0o755 });
  };

  test("nothing of a planted git directory is obeyed, and the settings are the clone's own", async () => {
    const owned = path.join(world.root, 'owned');
    const run = `touch ${owned}; cat`;
    plant(
      '.git/config',
      `[filter "x"]\n\tsmudge = ${run}\n\tprocess = ${run}\n[core]\n\tsshCommand = ${run}\n\talternateRefsCommand = ${run}\n` +
        `[http]\n\tproxy = http://127.0.0.1:9/\n[url "http://127.0.0.1:9/"]\n\tinsteadOf = http://\n[remote "origin"]\n\turl = ext::sh -c ${run}\n`,
    );
    for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change'])
      plant(`.git/hooks/${hook}`, `#!/bin/sh\ntouch ${owned}\n`);
    plant('.git/info/attributes', '* filter=x\n');
    plant('.git/HEAD', 'ref: refs/heads/elsewhere\n');
    const settings = 'cat .git/config | grep -cE "filter|proxy|insteadOf|sshCommand|worktree"';
    const look = ['cat README.md', 'git rev-parse HEAD', 'git config remote.origin.url', settings];
    expect(await clone({}, look)).toEqual(['hello', world.commit, world.repository, '0']);
    expect(existsSync(owned)).toBe(false);
  });

  test.each(['', '.git', '.git/config', '.git/refs'])('a link in the place of %j is not followed', async (name) => {
    const elsewhere = path.join(world.root, 'elsewhere');
    mkdirSync(elsewhere);
    mkdirSync(path.dirname(planted(name)), { recursive: true });
    symlinkSync(elsewhere, planted(name));
    const { result } = await world.run(world.payload(world.job()));
    if (name === '.git/config') expect(result?.outcome).toEqual({ kind: 'completed' });
    else expect(result?.outcome).toMatchObject({ errorMessage: `creating workspace: ${OUTSIDE}` });
    expect(readdirSync(elsewhere)).toEqual([]);
  });
});

test('the clone is an ordinary repository with nothing of the place where it was made', async () => {
  const commands = [
    'git status --porcelain',
    'git fsck --no-progress',
    'git rev-parse --is-bare-repository',
    'ls .git | grep -v branches',
  ];
  expect(await clone({}, commands)).toEqual([
    'false',
    ...['FETCH_HEAD', 'HEAD', 'config', 'hooks', 'index', 'info', 'logs', 'objects', 'refs', 'shallow'],
  ]);
  expect(world.out('setup.git.init')).toContain(`repository in ${world.paths.job}/repository/.git/\n`);
  expect(JSON.stringify(world.server.entries)).not.toContain('clone-');
});

test('git sees no configuration of the machine, no hook and no credential of it', async () => {
  const hostEnvironment = {
    PATH: process.env['PATH'] ?? '',
    HOME: world.root,
  };
  await world.writeHome(
    '.gitconfig',
    '[core]\n\thooksPath = /nowhere\n[url "http://127.0.0.1:1/"]\n\tinsteadOf = http://\n',
  );
  const { result } = await world.run(world.payload(world.job()), { hostEnvironment });
  expect(result?.outcome).toEqual({ kind: 'completed' });
  expect(JSON.stringify(world.server.entries)).not.toContain(JOB_TOKEN);
});
