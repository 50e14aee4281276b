// Jobs and steps on a real Docker engine against the `docker run` that the reference types for each step, and against
// `src batch exec`. Where something is missing the measure says so in the place of its figure.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type DockerEngine, openDockerEngine } from '#local/engines/docker/docker-engine.ts';
import { openRealJobs, type RealJobs, RUNNER_IMAGE } from '#test/engines/real-job.ts';
import type { Measure } from '../measure.ts';
import { batchExec } from './batch-exec.ts';
import { nativeJob } from './native-job.ts';
import { GIT_IMAGE, STEP_IMAGE } from './reference.ts';
import { stepCost } from './step-cost.ts';

const run = promisify(execFile);

export async function docker(environment: NodeJS.ProcessEnv): Promise<readonly Measure[]> {
  const opened = await openDockerEngine({ environment });
  if (opened.kind === 'unavailable') return [skipped(opened.message)];
  const missing = await missingImage();
  if (missing !== undefined) {
    await opened.engine.close();
    return [skipped(`${missing} is missing; test/engines/with-docker-engine.sh npm run bench has it`)];
  }
  return measured(opened.engine);
}

/** The engine is closed with the jobs. */
async function measured(engine: DockerEngine): Promise<readonly Measure[]> {
  const jobs: RealJobs = await openRealJobs(engine);
  try {
    return [...(await stepCost(jobs)), ...(await nativeJob(jobs)), ...(await batchExec(jobs))];
  } finally {
    await jobs.close();
  }
}

const skipped = (why: string): Measure => ({ name: 'docker: steps and jobs', value: `skipped: ${why}` });

async function missingImage(): Promise<string | undefined> {
  for (const image of [STEP_IMAGE, GIT_IMAGE, RUNNER_IMAGE]) {
    const there = await run('docker', ['image', 'inspect', image]).then(
      () => true,
      () => false,
    );
    if (!there) return `the image ${image}`;
  }
  return undefined;
}
