// The crash test: jobs run while their program is killed with SIGKILL at random moments and started again at once. Every
// job must end with one right mark, and no step may outlive its program.
//
//   npm run test:crash -- [--jobs 200] [--kills 50] [--seed 1]
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFinished, type SandboxJob } from '#local/sandbox/jobs.ts';
import { clonedJob, outputOf } from '../world/jobs.ts';
import type { Program } from '../world/program.ts';
import { until, World } from '../world/world.ts';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '200' },
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [jobCount, kills, seed] = [number('jobs'), number('kills'), number('seed')];

function number(name: keyof typeof values): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${name} ${values[name]}: a whole number is needed, such as --${name} 50`);
  return process.exit(2);
}

/** Longer than the five seconds between heartbeats; the real 25 s would make this test wait for most of its time. */
const STALL_MS = 7_000;
const LIMIT = 4;
/** Most kills come among running jobs, the others while the program still starts. */
const KILLED_AT_WORK = 0.8;
const AT_WORK_MS_MAX = 3_000;
const STARTING_MS_MAX = 1_000;
/** Most jobs are left when the last kill has been made. */
const LAST_JOBS_MS = 600_000;

// mulberry32: what is random here must be repeatable.
function draws(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Expected {
  readonly job: SandboxJob;
  readonly exitCode: number;
}

function enqueueJobs(world: World, fraction: () => number): readonly Expected[] {
  return Array.from({ length: jobCount }, (_, index) => {
    const exitCode = index % 5 === 4 ? 7 : 0;
    const commands = [
      'setsid sleep 1000 </dev/null >/dev/null 2>&1 &',
      `echo "job ${index} begins"`,
      `sleep ${(fraction() * 3).toFixed(2)}`,
      `echo "job ${index} ends"; exit ${exitCode}`,
    ];
    return { job: world.instance.enqueue('crash', clonedJob(commands, world.repository)), exitCode };
  });
}

/** What is wrong with the end of a job; nothing if it is right. */
function wrong({ job, exitCode }: Expected): readonly string[] {
  const problems: string[] = [];
  const name = `crash/${job.id}`;
  const wanted = exitCode === 0 ? 'completed' : 'errored';
  if (job.state !== wanted) problems.push(`${name} ended as ${job.state}, not ${wanted}: ${job.failureMessage ?? ''}`);
  if (job.marks !== 1) problems.push(`${name} was marked ${job.marks} times`);
  if (!outputOf(job, 'step.docker.test').includes(`stdout: job ${job.id - 1} ends\n`))
    problems.push(`${name} has not its own whole log`);
  return problems;
}

/** On a terminal a line that changes; elsewhere one now and then. */
function tell(line: string, kill: number): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${line} `);
  else if (kill % 10 === 0 || kill === kills) process.stdout.write(`${line}\n`);
}

async function killAndRestart(world: World, expected: readonly Expected[], fraction: () => number): Promise<string[]> {
  const problems: string[] = [];
  const start = (): Program => world.program({ queues: ['crash'], jobs: LIMIT });
  const allDone = (): boolean => expected.every(({ job }) => isFinished(job));
  let program = start();
  let killed = 0;
  for (; killed < kills && !allDone(); killed++) {
    if (fraction() < KILLED_AT_WORK) {
      await until('the start of the program', () => program.output.includes('listening for jobs'));
      await sleep(fraction() * AT_WORK_MS_MAX);
    } else {
      await sleep(fraction() * STARTING_MS_MAX);
    }
    program.kill('SIGKILL');
    await program.ended;
    for (const command of await program.survivors()) problems.push(`outlived kill ${killed + 1}: ${command}`);
    program = start();
    const done = expected.filter(({ job }) => isFinished(job)).length;
    tell(`kill ${killed + 1} of ${kills}, ${done} of ${jobCount} jobs ended`, killed + 1);
  }
  if (process.stdout.isTTY) process.stdout.write('\n');
  await until('the last jobs', allDone, LAST_JOBS_MS);
  if (killed < kills) problems.push(`only ${killed} kills before all jobs had ended`);
  // Before that it has no say in how a signal ends it.
  await until('the start of the last program', () => program.output.includes('listening for jobs'));
  const { code } = await program.stop();
  if (code !== 0) problems.push(`the last program ended with exit code ${code ?? 'none'}`);
  return problems;
}

const startedAt = Date.now();
const fraction = draws(seed);
// Jobs are reset as often as their program dies: the limit of three resets is the instance's own rule, tested elsewhere.
const world = new World({ queues: ['crash'], stall: { stallMs: STALL_MS, resetsMax: 1_000 } });
try {
  await world.instance.start();
  process.stdout.write(`seed ${seed}\n`);
  const expected = enqueueJobs(world, fraction);
  const problems = await killAndRestart(world, expected, fraction);
  problems.push(...expected.flatMap(wrong), ...(await world.problems()));
  const resets = expected.reduce((sum, { job }) => sum + job.resets, 0);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
  process.stdout.write(
    `${jobCount} jobs, ${resets} resets, ${seconds} s: ${problems.length === 0 ? 'every job ended with one right mark' : `${problems.length} problem(s)`}\n`,
  );
  for (const problem of problems) process.stdout.write(`  ${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  await world.close();
}
