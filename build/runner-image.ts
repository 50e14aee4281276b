// Builds the step-runner's image with this machine's Docker engine: node build/runner-image.ts [TAG] [docker build options]
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleRunner } from './bundle.ts';

const [tag = 'sourcegraph-serverless-executor/step-runner:latest', ...options] = process.argv.slice(2);
const context = await mkdtemp(path.join(tmpdir(), 'runner-image-'));
await bundleRunner(path.join(context, 'runner.cjs'));
const dockerfile = path.join(import.meta.dirname, '..', 'runner', 'Dockerfile');
const built = spawnSync('docker', ['build', '--tag', tag, '--file', dockerfile, ...options, context], {
  stdio: 'inherit',
});
await rm(context, { recursive: true });
process.exitCode = built.status ?? 1;
