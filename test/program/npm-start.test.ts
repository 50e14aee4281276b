// `npm start` as the command: whatever reaches npm reaches the program, once, and npm never leaves it behind.
import { expect, test } from '@jest/globals';
import { outputOf, stepJob } from './world/jobs.ts';
import { finished, until, World } from './world/world.ts';

/** Not a limit that a busy machine meets. */
const TIMEOUT_MS = 120_000;

async function withProgram(
  live: (world: World, program: ReturnType<World['program']>) => Promise<void>,
): Promise<void> {
  const world = new World({ queues: ['codeintel'] });
  try {
    await world.instance.start();
    await live(world, world.program({ queues: ['codeintel'], jobs: 2, throughNpm: true }));
    expect(await world.problems()).toEqual([]);
  } finally {
    await world.close();
  }
}

test.concurrent(
  'SIGTERM to npm drains the program, and npm ends with its exit code',
  () =>
    withProgram(async (world, program) => {
      const job = world.instance.enqueue('codeintel', stepJob(['echo begun', world.untilReleased('job')]));
      await until('the step', () => outputOf(job).includes('stdout: begun'));
      program.kill('SIGTERM');
      await until('the notice', () => program.output.includes('no more jobs are taken'));
      world.release('job');
      expect(await program.ended).toEqual({ code: 0, signal: null });
      expect([job.state, job.marks]).toEqual(['completed', 1]);
    }),
  TIMEOUT_MS,
);

test.concurrent(
  'one Ctrl-C, which the program hears of the terminal and of npm, counts once',
  () =>
    withProgram(async (world, program) => {
      const job = world.instance.enqueue('codeintel', stepJob(['echo begun', 'sleep 1.5', 'echo done']));
      await until('the step', () => outputOf(job).includes('stdout: begun'));
      program.killGroup('SIGINT');
      await finished(job);
      expect(await program.ended).toEqual({ code: 0, signal: null });
      expect(program.output).not.toContain('running jobs are stopped');
    }),
  TIMEOUT_MS,
);

test.concurrent(
  'two SIGTERMs stop the jobs',
  () =>
    withProgram(async (world, program) => {
      const job = world.instance.enqueue('codeintel', stepJob(['trap "" TERM', 'echo begun', 'sleep 1000']));
      await until('the step', () => outputOf(job).includes('stdout: begun'));
      program.kill('SIGTERM');
      await until('the notice', () => program.output.includes('no more jobs are taken'));
      // A hand is slower than npm.
      await new Promise((resolve) => setTimeout(resolve, 400));
      program.kill('SIGTERM');
      expect(await program.ended).toEqual({ code: 130, signal: null });
      expect(job.marks).toBe(0);
    }),
  TIMEOUT_MS,
);

test.concurrent(
  'when npm is killed, the program ends too',
  () =>
    withProgram(async (world, program) => {
      const job = world.instance.enqueue('codeintel', stepJob(['echo begun', 'sleep 1000']));
      await until('the step', () => outputOf(job).includes('stdout: begun'));
      program.kill('SIGKILL');
      await program.ended;
      expect(job.marks).toBe(0);
    }),
  TIMEOUT_MS,
);
