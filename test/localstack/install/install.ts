// LocalStack without Docker, from package registries alone: a Python environment with exactly the packages of
// requirements.txt, and the jars of DynamoDB Local. Kept in the cache of whoever runs the tests, by what is installed.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { runCommand } from '../command.ts';
import { findJava, findPython, type Found } from './find.ts';

export type Installation =
  | { readonly kind: 'installed'; readonly python: string; readonly dynamodbJars: string }
  /** This machine lacks something that no package registry has, or the registries do not answer. */
  | { readonly kind: 'impossible'; readonly why: string };

const FOLDER = import.meta.dirname;
const REQUIREMENTS = path.join(FOLDER, 'requirements.txt');
const POM = path.join(FOLDER, 'dynamodb-local', 'pom.xml');
/** Installs a hundred pinned packages in seconds, where pip takes a minute and more. */
const UV = 'uv==0.13.9';

export async function installLocalStack(say: (line: string) => void): Promise<Installation> {
  const environment = process.env;
  const python = await findPython(environment);
  const java = await findJava(environment);
  const lacking = [python, java].filter((found) => found.kind === 'lacking');
  if (python.kind === 'lacking' || java.kind === 'lacking') {
    return { kind: 'impossible', why: lacking.map(({ why }) => why).join('; ') };
  }
  const kept = path.join(cacheFolder(environment), `localstack-${await contentHash(python)}`);
  const draft = `${kept}.${process.pid}`;
  if (!existsSync(kept)) {
    say('Installing LocalStack 4.14.0 and DynamoDB Local: 400 MB, half a minute.');
    try {
      await mkdir(draft, { recursive: true });
      const failed = (await installPackages(python.file, draft)) ?? (await fetchJars(draft));
      if (failed !== undefined) return { kind: 'impossible', why: failed };
      // Another run may have been faster; both have made the same.
      await rename(draft, kept).catch((error: unknown) => {
        if (!existsSync(kept)) throw error;
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
  return { kind: 'installed', python: pythonOf(kept), dynamodbJars: jarsOf(kept) };
}

const pythonOf = (folder: string): string => path.join(folder, 'python', 'bin', 'python');
const jarsOf = (folder: string): string => path.join(folder, 'jars');

function cacheFolder({ XDG_CACHE_HOME: given }: NodeJS.ProcessEnv): string {
  return path.join(given ?? path.join(homedir(), '.cache'), 'sourcegraph-executor-tests');
}

async function contentHash(python: Extract<Found, { kind: 'found' }>): Promise<string> {
  const hash = createHash('sha256').update(python.file).update(UV);
  for (const file of [REQUIREMENTS, POM]) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

type Step = readonly [file: string, args: readonly string[], what: string];

/** Why it failed, or undefined. */
async function installPackages(python: string, folder: string): Promise<string | undefined> {
  const uv = path.join(folder, 'uv');
  const environment = path.join(folder, 'python');
  return inOrder([
    [python, ['-m', 'venv', uv], 'a Python environment cannot be made'],
    [path.join(uv, 'bin', 'pip'), ['install', '--quiet', UV], 'uv cannot be installed'],
    // Relocatable: it is moved when it is whole.
    [path.join(uv, 'bin', 'uv'), ['venv', '--relocatable', '--python', python, environment], 'a Python environment'],
    [
      path.join(uv, 'bin', 'uv'),
      ['pip', 'install', '--python', pythonOf(folder), '--no-deps', '--requirements', REQUIREMENTS],
      'the packages of LocalStack cannot be installed',
    ],
  ]);
}

function fetchJars(folder: string): Promise<string | undefined> {
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${jarsOf(folder)}`];
  return inOrder([['mvn', ['--batch-mode', '--quiet', '--file', POM, ...goal], 'DynamoDB Local cannot be fetched']]);
}

async function inOrder(steps: readonly Step[]): Promise<string | undefined> {
  for (const [file, args, what] of steps) {
    const { code, output } = await runCommand(file, args, { environment: process.env });
    if (code !== 0) return `${what}: ${output.trim().slice(-500)}`;
  }
  return undefined;
}
