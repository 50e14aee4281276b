// The bundles that are shipped, made while the app synthesises. A child process makes them: bundling is asynchronous and
// constructors are not, and what is bundled must not be loaded here, SDK and all.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { FunctionPart } from '#settings/pool-names.ts';

const ROOT = path.join(import.meta.dirname, '..');
const made = new Map<string, string>();

/**
 * The folder of one function's bundle, with `files` (contents by name) beside it; of its sources where bundling is switched
 * off (`cdk destroy`, tests).
 */
export function functionBundle(scope: Construct, name: FunctionPart, files: Readonly<Record<string, string>>): string {
  const bundle = Stack.of(scope).bundlingRequired
    ? path.join(bundles('functions'), name)
    : path.join(ROOT, 'functions', name);
  if (Object.keys(files).length === 0) return bundle;
  const folder = temporaryFolder(name);
  cpSync(bundle, folder, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(path.join(folder, file), content);
  return folder;
}

/** The build context of the step-runner's image: Dockerfile, bundle and step agent. */
export function runnerImageContext(scope: Construct): string {
  return Stack.of(scope).bundlingRequired ? bundles('runner') : path.join(ROOT, 'runner');
}

/** Made once a process, however many pools the app has, and removed with it: assets are copied when they are declared. */
function bundles(what: 'functions' | 'runner'): string {
  const known = made.get(what);
  if (known !== undefined) return known;
  const folder = temporaryFolder(what);
  made.set(what, folder);
  execFileSync(process.execPath, [path.join(ROOT, 'build', 'write-bundles.ts'), what, folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return folder;
}

function temporaryFolder(what: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `executor-${what}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
