// The cost of a job: many of one trivial step with a clone, against the same git and step commands in a plain shell loop,
// as many at a time, cloning over the same endpoint. What the instance spends on either counts on either side.
import { spawn } from 'node:child_process';
import { isFinished } from '#local/sandbox/jobs.ts';
import { clonedJob, REPOSITORY } from '#test/program/world/jobs.ts';
import { until, World } from '#test/program/world/world.ts';
import type { Measure } from './measure.ts';
import { cpuSeconds, cpuSecondsOfTree } from './process-usage.ts';

const AT_ONCE = 8;
const RATIO_MAX = 3;

const ONE_JOB = `set -e
folder=$(mktemp -d)
cd "$folder"
git init >log 2>&1
git remote add origin "$URL"
git config --local gc.auto 0
git -c protocol.version=2 -c "http.extraHeader=Authorization: token-executor $TOKEN" fetch --progress --no-recurse-submodules --no-tags --depth=1 origin "$COMMIT" >>log 2>&1
git checkout --progress --force "$COMMIT" >>log 2>&1
git remote set-url origin "$NAME"
echo 'echo hello' >step.sh
/bin/sh step.sh >>log
rm -rf "$folder"`;

export async function jobCost(jobs: number): Promise<readonly Measure[]> {
  const world = new World({ queues: ['bench'] });
  try {
    await world.instance.start();
    const plain = await shellLoop(world, jobs);
    const own = await throughProgram(world, jobs);
    const ratio = own.ms / plain.ms;
    const each = (seconds: number): string => `${((seconds * 1000) / jobs).toFixed(0)} ms`;
    return [
      { name: `${jobs} jobs in a shell loop`, value: `${each(plain.ms / 1000)} a job` },
      { name: `${jobs} jobs through the program`, value: `${each(own.ms / 1000)} a job` },
      {
        name: 'cost of a job, as a ratio',
        value: ratio.toFixed(2),
        goal: { text: `<= ${RATIO_MAX}`, met: ratio <= RATIO_MAX },
      },
      { name: 'CPU of a job', value: each(own.cpuSeconds) },
      {
        name: 'CPU with the instance, as a ratio',
        value: `${(own.allCpuSeconds / plain.allCpuSeconds).toFixed(2)} (${each(plain.allCpuSeconds)}, ${each(own.allCpuSeconds)})`,
      },
    ];
  } finally {
    await world.close();
  }
}

interface Spent {
  readonly ms: number;
  /** With what the instance, in this process, and its git spent. */
  readonly allCpuSeconds: number;
}

async function shellLoop(world: World, jobs: number): Promise<Spent> {
  const cpuBefore = cpuSeconds(process.pid);
  const startedAt = performance.now();
  const loop = spawn('sh', ['-c', `seq ${jobs} | xargs -P ${AT_ONCE} -n 1 sh -c "$ONE_JOB"`], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: world.folder,
      ONE_JOB,
      URL: `${world.instance.url}/.executors/git/${REPOSITORY}`,
      TOKEN: world.instance.accessToken,
      COMMIT: world.repository.commit,
      NAME: REPOSITORY,
    },
  });
  const code = await new Promise((resolve) => loop.on('close', resolve));
  if (code !== 0) throw new Error(`the shell loop ended with ${String(code)}`);
  return { ms: performance.now() - startedAt, allCpuSeconds: cpuSeconds(process.pid) - cpuBefore };
}

async function throughProgram(world: World, jobs: number): Promise<Spent & { readonly cpuSeconds: number }> {
  const program = world.program({ queues: ['bench'], jobs: AT_ONCE });
  await until('the start', () => program.output.includes('listening for jobs'), 60_000);
  const [programBefore, instanceBefore] = [cpuSecondsOfTree(program.pid), cpuSeconds(process.pid)];
  const startedAt = performance.now();
  const queued = Array.from({ length: jobs }, () =>
    world.instance.enqueue('bench', clonedJob(['echo hello'], world.repository)),
  );
  await until('all jobs', () => queued.every(isFinished), 600_000);
  const ms = performance.now() - startedAt;
  const failed = queued.filter(({ state }) => state !== 'completed').length;
  if (failed > 0) throw new Error(`${failed} jobs did not complete`);
  const used = cpuSecondsOfTree(program.pid) - programBefore;
  const instance = cpuSeconds(process.pid) - instanceBefore;
  await program.stop();
  return { ms, cpuSeconds: used, allCpuSeconds: used + instance };
}
