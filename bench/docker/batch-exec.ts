// A version 1 batches job through the whole executor against `src batch exec` of the same job, where there is a `src`.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { executionInputJson } from '#batches/input.ts';
import { batchesJob } from '#local/sandbox/batches-job.ts';
import { JobSchema } from '#sourcegraph/job.ts';
import type { RealJobs } from '#test/engines/real-job.ts';
import type { Measure } from '../measure.ts';
import { executionInputOf, NO_OPTIONS } from './batches-input.ts';
import { newWorkspace } from './reference.ts';
import { type JobTimes, partsMeasure, runToItsEnd } from './run-job.ts';
import { median, shown, timed } from './times.ts';

const run = promisify(execFile);

const ROUNDS = 5;
const RUNS = ['echo one >> README.md', 'echo two >> README.md', 'echo three > new.txt'];

export async function batchExec(jobs: RealJobs): Promise<readonly Measure[]> {
  const version = await srcVersion();
  if (version === undefined)
    return [{ name: 'version 1 job against `src batch exec`', value: 'skipped: there is no src on PATH' }];
  const input = executionInputOf(RUNS, jobs.commit);
  const template = batchesJob(input, { execution: 'v1', ...NO_OPTIONS });
  const command = JobSchema.parse({ ...template, id: 1 }).cliSteps[0]?.command ?? [];
  const json = executionInputJson(input);
  if (json.kind === 'error') throw new Error(json.message);
  const own: JobTimes[] = [];
  const reference: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    reference.push(await bySrc(command, json.text));
    own.push(await runToItsEnd(jobs, template));
  }
  const all = own.map((times) => times.all);
  const ratio = median(all) / median(reference);
  return [
    { name: `version 1 job: src ${version}`, value: shown(reference) },
    { name: 'version 1 job: from its queue to its mark', value: shown(all) },
    partsMeasure('version 1 job: of that', own),
    { name: 'version 1 job, as a ratio', value: ratio.toFixed(2), goal: { text: '< 1', met: ratio < 1 } },
  ];
}

/** undefined: there is none. */
async function srcVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await run('src', ['version', '-client-only']);
    return stdout.trim().split(/\s+/).at(-1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function bySrc(command: readonly string[], inputJson: string): Promise<number> {
  const workspace = await newWorkspace({ 'input.json': inputJson });
  mkdirSync(path.join(workspace, '.src-tmp'));
  try {
    return await timed(() => run('src', [...command], { cwd: workspace }));
  } finally {
    rmSync(workspace, { recursive: true });
  }
}
