// The bundles that are shipped, made while the app synthesises. A child process makes them: bundling is asynchronous and
// constructors are not, and what is bundled must not be loaded here, SDK and all.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

const ROOT = path.join(import.meta.dirname, '..');
const made = new Map<string, string>();

/** The folder of one function's bundle; of its sources where bundling is switched off (`cdk destroy`, tests). */
export function functionBundle(scope: Construct, name: 'dispatcher' | 'completion'): string {
  if (!Stack.of(scope).bundlingRequired) return path.join(ROOT, 'functions', name);
  return path.join(bundles('functions'), name);
}

/** The build context of the step-runner's image: Dockerfile, bundle and step agent. */
export function runnerImageContext(scope: Construct): string {
  return Stack.of(scope).bundlingRequired ? bundles('runner') : path.join(ROOT, 'runner');
}

/** Made once a process, however many pools the app has, and removed with it: assets are copied when they are declared. */
function bundles(what: 'functions' | 'runner'): string {
  const known = made.get(what);
  if (known !== undefined) return known;
  const folder = mkdtempSync(path.join(tmpdir(), `executor-${what}-`));
  made.set(what, folder);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  execFileSync(process.execPath, [path.join(ROOT, 'build', 'write-bundles.ts'), what, folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return folder;
}
