// The workspace of a transcript: made from what the case brings, and looked at after each program.
import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { VectorCase, VectorFile } from '../adapter.ts';

interface CaseFile {
  readonly content: string;
  /** As git writes modes; 120000 is a symbolic link. */
  readonly mode: string;
  readonly mtime?: string;
}

type CaseFiles = Readonly<Record<string, CaseFile>>;

/** Makes repository/, input.json, workspace-files/ and the extra files in `workspace`. */
export function makeWorkspace(workspace: string, testCase: VectorCase, file: VectorFile, shown: string): void {
  makeRepository(path.join(workspace, 'repository'), testCase, gitEnvironment(file));
  const { input } = testCase as { readonly input?: unknown };
  if (input !== null && input !== undefined) {
    const text = typeof input === 'string' ? input : JSON.stringify(input);
    writeFileSync(path.join(workspace, 'input.json'), text.replaceAll('$WORKSPACE', shown));
  }
  writeFiles(path.join(workspace, 'workspace-files'), (testCase['workspaceFiles'] ?? {}) as CaseFiles);
  for (const [name, content] of Object.entries((testCase['extraFiles'] ?? {}) as Readonly<Record<string, Extra>>)) {
    const bytes = typeof content === 'string' ? content : Buffer.from(content.base64, 'base64');
    mkdirSync(path.dirname(path.join(workspace, name)), { recursive: true });
    writeFileSync(path.join(workspace, name), bytes);
  }
}

type Extra = string | { readonly base64: string };

function gitEnvironment(file: VectorFile): Readonly<Record<string, string>> {
  return (file.about as { readonly gitEnv: Readonly<Record<string, string>> }).gitEnv;
}

function makeRepository(folder: string, testCase: VectorCase, gitEnv: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  writeFiles(folder, testCase['files'] as CaseFiles);
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    ...gitEnv,
  };
  const run = (command: string): string =>
    execFileSync('/bin/sh', ['-c', command], {
      cwd: folder,
      env: environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const commands = testCase['git'] as readonly string[];
  const commit = run([...commands, 'git rev-parse HEAD'].join(' &&\n'))
    .trimEnd()
    .split('\n')
    .pop();
  const { commit: promised } = testCase as { readonly commit?: string };
  if (promised !== undefined && commit !== promised) {
    throw new Error(`the repository's commit is ${commit}, not ${promised}`);
  }
}

function writeFiles(folder: string, files: CaseFiles): void {
  for (const [name, { content, mode, mtime }] of Object.entries(files)) {
    const place = path.join(folder, name);
    const bytes = Buffer.from(content, 'base64');
    mkdirSync(path.dirname(place), { recursive: true });
    if (mode === '120000') {
      symlinkSync(bytes.toString('utf8'), place);
      continue;
    }
    writeFileSync(place, bytes);
    chmodSync(place, mode === '100755' ? 0o755 : 0o644);
    // Node's own utimes goes through a double, which loses nanoseconds.
    if (mtime !== undefined) execFileSync('touch', ['-d', mtime, place]);
  }
}

export interface FileState {
  /** Octal permission bits. */
  readonly mode: string;
  /** undefined for a folder. */
  readonly bytes?: Buffer;
}

/** All below `workspace` but repository/; a folder's path ends in a slash. */
export function snapshot(workspace: string): ReadonlyMap<string, FileState> {
  const found = new Map<string, FileState>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(path.join(workspace, folder), { withFileTypes: true })) {
      const name = path.posix.join(folder, entry.name);
      if (name === 'repository') continue;
      const mode = (lstatSync(path.join(workspace, name)).mode & 0o7777).toString(8);
      if (entry.isDirectory()) {
        found.set(`${name}/`, { mode });
        walk(name);
      } else {
        found.set(name, { mode, bytes: entry.isFile() ? readFileSync(path.join(workspace, name)) : Buffer.alloc(0) });
      }
    }
  };
  walk('');
  return found;
}

export interface Difference {
  readonly changed: ReadonlyMap<string, FileState>;
  readonly removed: readonly string[];
}

export function difference(before: ReadonlyMap<string, FileState>, after: ReadonlyMap<string, FileState>): Difference {
  const same = (a: FileState | undefined, b: FileState): boolean =>
    a?.mode === b.mode &&
    (a.bytes === undefined ? b.bytes === undefined : b.bytes !== undefined && a.bytes.equals(b.bytes));
  return {
    changed: new Map([...after].filter(([name, state]) => !same(before.get(name), state))),
    removed: [...before.keys()].filter((name) => !after.has(name)).sort(),
  };
}
