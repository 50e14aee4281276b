// What the reference does for a job: a `docker run` a step, the helper's own steps before and after included
// (Sourcegraph's cmd/executor/internal/worker/command/docker.go). The clone is there already and is not measured.
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { SCRIPTS_FOLDER, stepScript } from '#runner/workspace/step-script.ts';
import type { DockerStep } from '#sourcegraph/job.ts';

const run = promisify(execFile);

export const STEP_IMAGE = 'test/busybox:1';
/** In the place of the helper's: it has git. */
export const GIT_IMAGE = 'test/debian:1';

/** A job's workspace as it is after the clone. */
export async function newWorkspace(files: Readonly<Record<string, string>>): Promise<string> {
  const workspace = mkdtempSync(path.join(tmpdir(), 'bench-workspace-'));
  const repository = path.join(workspace, 'repository');
  mkdirSync(repository);
  mkdirSync(path.join(workspace, SCRIPTS_FOLDER));
  const git = (...words: string[]): Promise<unknown> => run('git', ['-C', repository, ...words]);
  await git('init', '-q', '-b', 'main');
  writeFileSync(path.join(repository, 'README.md'), 'hello\n');
  await git('add', '.');
  await git('-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '-q', '-m', 'first');
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(workspace, name), content);
  return workspace;
}

export type WantedStep = Pick<DockerStep, 'key' | 'image' | 'dir' | 'commands'>;

/** The scripts are written before, as the reference does it; resolves when the last container has ended. */
export async function dockerRuns(workspace: string, steps: readonly WantedStep[]): Promise<void> {
  for (const { key, image, dir } of steps) {
    const script = `/data/${SCRIPTS_FOLDER}/${key}.sh`;
    const folder = path.posix.join('/data', dir);
    const mount = `${workspace}:/data`;
    await run('docker', ['run', '--rm', '-v', mount, '-w', folder, '--entrypoint', '/bin/sh', image, script]);
  }
}

export function writeScripts(workspace: string, steps: readonly WantedStep[]): void {
  for (const step of steps) {
    const file = path.join(workspace, SCRIPTS_FOLDER, `${step.key}.sh`);
    writeFileSync(file, stepScript({ env: [], ...step }));
    chmodSync(file, 0o777);
  }
}
