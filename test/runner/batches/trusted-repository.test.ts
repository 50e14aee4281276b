// git of the step-runner over a repository that a hostile step has prepared: nothing of the step's choice is executed, and
// the diff is the one that the step's own git makes.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stepDiff } from '#runner/batches/git/diff.ts';
import { withTrustedRepository } from '#runner/batches/git/trusted-repository.ts';
import { runHostCommand } from '#runner/host-command.ts';
import { NativeWorld } from './native-world.ts';

const never = new AbortController().signal;
const DIFF = 'git diff --cached --no-prefix --binary';

let world: NativeWorld;
let marker: string;
beforeEach(() => {
  world = new NativeWorld();
  marker = path.join(world.root, 'executed');
});
afterEach(() => world.close());

function diff(): Promise<string> {
  return withTrustedRepository(world.in('repository'), runHostCommand, never, async (repository) => {
    const made = await stepDiff(repository, never);
    return made.kind === 'diff' ? Buffer.from(made.diff).toString('latin1') : JSON.stringify(made);
  });
}

describe('nothing is executed', () => {
  const ATTACKS: readonly (readonly [string, string])[] = [
    ['a file system monitor', 'git config core.fsmonitor "touch MARKER; false"'],
    ['a clean filter', 'git config filter.x.clean "touch MARKER; cat"; echo "* filter=x" > .gitattributes'],
    ['a filter process', 'git config filter.x.process "touch MARKER"; echo "* filter=x" > .git/info/attributes'],
    ['an external diff', 'git config diff.external "touch MARKER"'],
    ['a diff driver', 'git config diff.x.command "touch MARKER"; echo "* diff=x" > .gitattributes'],
    ['a text conversion', 'git config diff.x.textconv "touch MARKER; cat"; echo "* diff=x" > .gitattributes'],
    ['a pager', 'git config core.pager "touch MARKER; cat"; git config pager.diff true'],
    [
      'hooks',
      'mkdir h; printf "#!/bin/sh\\ntouch MARKER\\n" > h/post-index-change; chmod +x h/*; git config core.hooksPath "$PWD/h"',
    ],
    [
      'an included file',
      'printf "[core]\\nfsmonitor=touch MARKER; false\\n" > inc; git config include.path "$PWD/inc"',
    ],
    [
      'the settings of a nested repository',
      'git init -q sub; cd sub; git commit -q --allow-empty -m x; git config core.fsmonitor "touch MARKER; false"; cd ..; git add sub 2>/dev/null; echo x > sub/dirty',
    ],
    [
      'a promised object from a remote of its choice',
      'git config remote.origin.url "ext::sh -c touch% MARKER"; git config remote.origin.promisor true; git config extensions.partialClone origin; git config protocol.ext.allow always; rm -f .git/objects/ce/013625030ba8dba906f756967f9e9ca394464a',
    ],
    [
      'worktree settings',
      'git config extensions.worktreeConfig true; git config --worktree core.fsmonitor "touch MARKER; false"',
    ],
  ];

  test.each(ATTACKS)('by %s', async (_, attack) => {
    world.shell(attack.replaceAll('MARKER', marker));
    world.shell('echo more >> README.md');
    await diff();
    // A second time, with what the first one left in the index.
    await diff();
    expect(existsSync(marker)).toBe(false);
  });

  test.each(ATTACKS.slice(0, 4))("while the step's own git is caught by %s", (_, attack) => {
    world.shell(
      `(${attack.replaceAll('MARKER', marker)}; echo more >> README.md; git add --all; ${DIFF}) >/dev/null 2>&1; true`,
    );
    expect(existsSync(marker)).toBe(true);
  });
});

describe("the diff is the step's own git's", () => {
  test.each([
    ['nothing', 'true'],
    ['text, added, changed, deleted', 'echo x >> README.md; echo y > a; git add a; git commit -qm a; rm a; echo z > b'],
    ['binary files', 'head -c 3000 /dev/zero > z; printf "\\000\\001" > b'],
    ['a rename', 'i=0; while [ $i -lt 50 ]; do echo $i; i=$((i+1)); done > a; git add a; git commit -qm a; mv a b'],
    ['a step that commits', 'echo x > x; git add x; git commit -qm x; echo y > y'],
    ['another branch', 'git checkout -qb other; echo x > x; git add x; git commit -qm x; echo y >> x'],
    ['packed references', 'git gc -q; git pack-refs --all; echo x > x'],
    ['a detached head', 'git checkout -q --detach; echo x > x'],
    [
      'ignored files',
      'printf "*.log\\n" > .gitignore; echo x > a.log; echo "*.tmp" > .git/info/exclude; echo x > a.tmp',
    ],
    ['line ends by attributes', 'echo "*.txt text eol=crlf" > .gitattributes; printf "a\\r\\nb\\r\\n" > x.txt'],
    ['line ends by settings', 'git config core.autocrlf true; printf "a\\r\\nb\\r\\n" > x.txt'],
    ['modes that do not count', 'git config core.fileMode false; chmod +x README.md; echo x > x; chmod +x x'],
    ['links and odd names', 'ln -s README.md link; echo x > "a b\\"c"; printf z > "$(printf "t\\tn")"; echo u > ü'],
    ['quoting by settings', 'git config core.quotePath false; echo u > ü'],
    ['context by settings', 'git config diff.context 0; seq 9 > s; git add s; git commit -qm s; sed -i 5d s'],
    [
      'a driver that only names functions',
      'git config diff.x.xfuncname "^f.*"; echo "*.x diff=x" > .gitattributes; (echo f one; seq 20) > a.x; git add a.x; git commit -qm a; echo e >> a.x',
    ],
    [
      'a sparse checkout',
      'mkdir d e; echo 1 > d/a; echo 2 > e/b; git add --all; git commit -qm de; git sparse-checkout set --no-cone -- "/d/*"; echo 3 >> d/a',
    ],
    ['a nested repository', 'git init -q sub; cd sub; git commit -q --allow-empty -m x'],
  ])('%s', async (_, step) => {
    world.shell(step);
    const ours = await diff();
    rmSync(world.in('repository/.git/index.lock'), { force: true });
    const theirs = world.shell(`git add --all 2>/dev/null; ${DIFF} | od -An -tx1 -v`).replace(/\s/g, '');
    expect(ours).toBe(Buffer.from(theirs, 'hex').toString('latin1'));
  });
});

describe('git writes nowhere else', () => {
  test('the index in the repository is the staged one', async () => {
    world.shell('echo x > x');
    await diff();
    expect(world.shell('git status --short')).toBe('A  x\n');
  });

  test.each(['.git', '.git/objects'])('%s as a link makes it no repository', async (name) => {
    const elsewhere = path.join(world.root, 'elsewhere');
    mkdirSync(elsewhere);
    rmSync(world.in(`repository/${name}`), { recursive: true });
    symlinkSync(elsewhere, world.in(`repository/${name}`));
    expect(JSON.parse(await diff())).toEqual({
      kind: 'failed',
      command: 'add',
      status: 'exit status 128',
      stderr: 'fatal: not a git repository (or any of the parent directories): .git\n',
    });
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test.each(['index', 'info/exclude', 'HEAD', 'config'])('a link in the place of %s is not followed', async (name) => {
    const outside = path.join(world.root, 'outside');
    writeFileSync(outside, 'not for steps\n');
    rmSync(world.in(`repository/.git/${name}`));
    symlinkSync(outside, world.in(`repository/.git/${name}`));
    await diff();
    expect(readFileSync(outside, 'utf8')).toBe('not for steps\n');
  });
});

// As git itself writes no such entry, its bytes are patched; names keep their length.
test.each(['../outside', './r/README', '/aaaa/aaaa', 'd//aaaaaaa', '.git/config', 'd/.GIT/aaa', 'd/../../aa'])(
  'an index entry %s leads nowhere',
  async (entry) => {
    const honest = 'h'.repeat(entry.length);
    writeFileSync(path.join(world.root, 'job', 'outside'), 'not for steps\n');
    world.shell(`echo x > ${honest}; git add --all; git commit -qm x; rm ${honest}; echo more >> README.md`);
    const index = world.in('repository/.git/index');
    const bytes = readFileSync(index).subarray(0, -20);
    const patched = Buffer.from(bytes.toString('latin1').replace(honest, entry), 'latin1');
    writeFileSync(index, Buffer.concat([patched, createHash('sha1').update(patched).digest()]));
    expect(world.shell('git ls-files -z').split('\0')).toContain(entry);
    const made = await diff();
    expect(made).toContain('+more');
    expect(made).not.toContain('not for steps');
    expect(made).toContain(`deleted file mode 100644\nindex 587be6b..0000000`);
    const objects = world.shell('git cat-file --batch-check --batch-all-objects --unordered | cut -d" " -f1,2');
    for (const line of objects.trim().split('\n'))
      if (line.endsWith('blob'))
        expect(world.shell(`git cat-file -p ${line.slice(0, 40)}`)).not.toContain('not for steps');
  },
);

test('a kill ends git', async () => {
  await withTrustedRepository(world.in('repository'), runHostCommand, never, async (repository) => {
    expect(await repository.git(['add', '--all'], AbortSignal.abort())).toEqual({ kind: 'killed' });
  });
});
