// What no package registry brings: a Python that LocalStack runs on, a Java for DynamoDB Local, and Maven to fetch it.
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { runCommand } from '../command.ts';

export type Found =
  { readonly kind: 'found'; readonly file: string } | { readonly kind: 'lacking'; readonly why: string };

/** It uses syntax of 3.12, and its pinned packages have no wheels for what came after 3.13. */
const PYTHONS = /^3\.1[23](\.|$)/;
const JAVA_MIN = 17;

export async function findPython(environment: NodeJS.ProcessEnv): Promise<Found> {
  const candidates = ['python3.13', 'python3.12', 'python3', ...pyenvPythons(environment)];
  for (const candidate of candidates) {
    const asked = 'import sys, venv, ensurepip; print(sys.version.split()[0], sys.executable)';
    const { code, output } = await runCommand(candidate, ['-c', asked], { environment });
    const [version = '', file = ''] = output.trim().split(' ');
    if (code === 0 && PYTHONS.test(version)) return { kind: 'found', file };
  }
  return { kind: 'lacking', why: 'it needs Python 3.12 or 3.13 (with venv) on PATH or in pyenv' };
}

/** pyenv's commands refuse to start a version that is not the chosen one, so its versions are looked at directly. */
function pyenvPythons({ PYENV_ROOT: root = path.join(homedir(), '.pyenv') }: NodeJS.ProcessEnv): readonly string[] {
  const versions = path.join(root, 'versions');
  if (!existsSync(versions)) return [];
  return readdirSync(versions)
    .filter((name) => PYTHONS.test(name))
    .sort()
    .reverse()
    .map((name) => path.join(versions, name, 'bin', 'python3'));
}

export async function findJava(environment: NodeJS.ProcessEnv): Promise<Found> {
  const java = await runCommand('java', ['-version'], { environment });
  const version = Number(/version "(\d+)/.exec(java.output)?.[1]);
  if (java.code !== 0 || !(version >= JAVA_MIN)) {
    return { kind: 'lacking', why: `it needs Java ${JAVA_MIN} or later on PATH, for DynamoDB Local` };
  }
  const maven = await runCommand('mvn', ['--version'], { environment });
  if (maven.code !== 0) return { kind: 'lacking', why: 'it needs Maven (mvn) on PATH, to fetch DynamoDB Local' };
  return { kind: 'found', file: 'java' };
}
