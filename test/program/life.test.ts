// The life of the program and of its jobs as seen from Sourcegraph: cancel, deadline, lost jobs, equal IDs in several queues,
// the instance's restart, a new token, signals, and a kill in the middle of everything.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { FAULTS } from './world/faults.ts';
import { clonedJob, outputOf, stepJob, streamOf } from './world/jobs.ts';
import { finished, until, World } from './world/world.ts';

const QUEUES = ['codeintel', 'batches', 'batches-hooks'];
/** No machine is so slow that a job stalls by itself: a test whose job is to stall lets time pass for the instance. */
const STALL_MS = 3_600_000;

/** In the command lines of the shells that run steps. */
const STEP_SCRIPT = '/.sourcegraph-executor/';

/** A test in a world of its own; most of it is waiting, so they wait together. */
function life(
  name: string,
  live: (world: World) => Promise<void>,
  options: { readonly jobTokens?: boolean } = {},
): void {
  test.concurrent(
    name,
    async () => {
      const world = new World({ queues: QUEUES, stall: { stallMs: STALL_MS, resetsMax: 3 }, ...options });
      try {
        await world.instance.start();
        await live(world);
      } finally {
        await world.close();
      }
    },
    180_000,
  );
}

const printing = (world: World, key: string, text: string): (() => boolean) => {
  return () => world.instance.rules.jobs().some((job) => outputOf(job, key).includes(text));
};

/** What a step runs that ends by force only. */
const STUBBORN = ['trap "" TERM INT', 'setsid sleep 1000 &', 'echo waiting', 'sleep 1000'];

life('a cancelled job and one given to others end, and the next job runs', async (world) => {
  const program = world.program({ queues: ['codeintel'], jobs: 4 });
  const cancelled = world.instance.enqueue('codeintel', stepJob(STUBBORN));
  const lost = world.instance.enqueue('codeintel', stepJob(STUBBORN));
  await until('the steps', () => [cancelled, lost].every((job) => outputOf(job).includes('stdout: waiting')));
  world.instance.rules.cancel('codeintel', cancelled.id);
  // Somebody else has it now: the instance says so in its next answer.
  lost.executorName = 'another-executor';
  await finished(cancelled);
  expect([cancelled.state, cancelled.marks]).toEqual(['canceled', 1]);
  const next = world.instance.enqueue('codeintel', stepJob(['echo next']));
  await finished(next);
  expect(next.state).toBe('completed');
  await until('the end of the lost steps', () => program.processes().every((command) => !command.includes('sleep')));
  expect(lost.marks).toBe(0);
  expect(await program.stop()).toEqual({ code: 0, signal: null });
  expect(await world.problems()).toEqual([]);
});

life('the deadline ends a job', async (world) => {
  const program = world.program({
    queues: ['codeintel'],
    jobs: 1,
    // Long enough for the step to begin on a busy machine.
    settings: { EXECUTOR_MAXIMUM_RUNTIME_PER_JOB: '10s' },
  });
  const late = world.instance.enqueue('codeintel', stepJob(STUBBORN));
  await finished(late);
  expect([late.state, late.failureMessage, late.marks]).toEqual([
    'errored',
    'job exceeded maximum execution time of 10s: running command "step.docker.test": context deadline exceeded',
    1,
  ]);
  expect(streamOf(late, 'stdout')).toBe('waiting\n');
  expect(await program.stop()).toEqual({ code: 0, signal: null });
  expect(await world.problems()).toEqual([]);
});

life('jobs of equal ID in several queues are kept apart', async (world) => {
  const program = world.program({ queues: QUEUES, jobs: 6 });
  const jobs = QUEUES.flatMap((queue) =>
    [1, 2].map((id) => world.instance.enqueue(queue, stepJob([`echo this is ${queue} ${id}`]))),
  );
  await Promise.all(jobs.map((job) => finished(job)));
  expect(jobs.map((job) => streamOf(job, 'stdout', 'step.docker.test'))).toEqual(
    QUEUES.flatMap((queue) => [1, 2].map((id) => `this is ${queue} ${id}\n`)),
  );
  expect(jobs.map(({ marks }) => marks)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(await program.stop()).toEqual({ code: 0, signal: null });
  expect(await world.problems()).toEqual([]);
});

life('SIGTERM lets running jobs finish and takes no more; a second one stops them, unmarked', async (world) => {
  const program = world.program({ queues: ['codeintel'], jobs: 2 });
  const short = world.instance.enqueue('codeintel', stepJob(['echo begun', world.untilReleased('short'), 'echo done']));
  const long = world.instance.enqueue('codeintel', stepJob(['trap "" TERM', 'echo begun', 'sleep 1000']));
  await until('both steps', () => [short, long].every((job) => outputOf(job).includes('stdout: begun')));
  program.kill('SIGTERM');
  await until('the notice', () => program.output.includes('SIGTERM: no more jobs are taken'));
  const queued = world.instance.enqueue('codeintel', stepJob(['true']));
  world.release('short');
  await finished(short);
  expect([short.state, outputOf(short, 'step.docker.test')]).toEqual([
    'completed',
    expect.stringContaining('stdout: done\n'),
  ]);
  // A second one that comes within milliseconds would be the echo of the first.
  await sleep(500);
  program.kill('SIGTERM');
  expect(await program.ended).toEqual({ code: 130, signal: null });
  expect(program.output).toContain('running jobs are stopped; Sourcegraph gives them to others');
  expect([long.state, long.marks, queued.state, queued.dequeues]).toEqual(['processing', 0, 'queued', 0]);
  expect(await world.problems()).toEqual([]);
});

life('the grace period ends what does not end by itself', async (world) => {
  const program = world.program({
    queues: ['codeintel'],
    jobs: 1,
    settings: { EXECUTOR_SHUTDOWN_GRACE_PERIOD: '1s' },
  });
  world.instance.enqueue('codeintel', stepJob(['trap "" TERM', 'echo begun', 'sleep 1000']));
  await until('the step', printing(world, 'step.docker.test', 'stdout: begun'));
  expect(await program.stop()).toEqual({ code: 130, signal: null });
  expect(program.output).toContain('The grace period is over');
  expect(await world.problems()).toEqual([]);
});

life('after a kill -9 nothing of the dead program runs, and its jobs come back to the next one', async (world) => {
  const first = world.program({ queues: ['codeintel'], jobs: 2 });
  const jobs = [1, 2].map((n) =>
    world.instance.enqueue(
      'codeintel',
      stepJob(['setsid sleep 1000 &', `echo begun ${n}`, world.untilReleased('jobs'), `echo done ${n}`]),
    ),
  );
  await until('both steps', () => jobs.every((job) => outputOf(job).includes('stdout: begun')));
  first.kill('SIGKILL');
  expect(await first.ended).toEqual({ code: null, signal: 'SIGKILL' });
  expect(await first.survivors()).toEqual([]);
  world.release('jobs');
  world.instance.pass(STALL_MS);
  const second = world.program({ queues: ['codeintel'], jobs: 2 });
  await Promise.all(jobs.map((job) => finished(job)));
  expect(jobs.map(({ state, marks, dequeues, resets }) => ({ state, marks, dequeues, resets }))).toEqual([
    { state: 'completed', marks: 1, dequeues: 2, resets: 1 },
    { state: 'completed', marks: 1, dequeues: 2, resets: 1 },
  ]);
  expect(second.output).toContain('removed what a dead predecessor left behind');
  expect(await second.stop()).toEqual({ code: 0, signal: null });
  expect(await world.problems()).toEqual([]);
});

life('jobs whose step-runners were lost run again, or are told so where they must not', async (world) => {
  const program = world.program({ queues: ['codeintel'], jobs: 2 });
  const jobs = [1, 2].map((n) =>
    world.instance.enqueue('codeintel', stepJob([`echo begun ${n}`, world.untilReleased('jobs'), `echo done ${n}`])),
  );
  await until('both steps', () => jobs.every((job) => outputOf(job).includes('stdout: begun')));
  expect(program.killChildren('step-runner')).toBe(1);
  world.release('jobs');
  await Promise.all(jobs.map((job) => finished(job)));
  expect(jobs.map(({ state, marks, dequeues }) => ({ state, marks, dequeues }))).toEqual([
    { state: 'completed', marks: 1, dequeues: 1 },
    { state: 'completed', marks: 1, dequeues: 1 },
  ]);
  expect(await program.stop()).toEqual({ code: 0, signal: null });

  const careful = world.program({
    queues: ['codeintel'],
    jobs: 1,
    settings: { EXECUTOR_RELAUNCH: 'before-first-step' },
  });
  const job = world.instance.enqueue('codeintel', stepJob(['echo begun', 'sleep 1000']));
  await until('the step', () => outputOf(job).includes('stdout: begun'));
  expect(careful.killChildren('step-runner')).toBe(1);
  await finished(job);
  expect([job.state, job.failureMessage]).toEqual([
    'errored',
    expect.stringMatching(/carried the step-runner was lost.*not launched again, because a step may have started$/),
  ]);
  expect(await careful.stop()).toEqual({ code: 0, signal: null });
  // A second attempt writes over the log of the first, and who would have ended the entry of the last job is gone.
  const others = (await world.problems()).filter((problem) => !/ shrank | had no exit code /.test(problem));
  expect(others).toEqual([]);
});

life('jobs finish while the instance is away, and their marks arrive when it is back', async (world) => {
  const program = world.program({ queues: ['codeintel'], jobs: 2, settings: { SRC_LOG_LEVEL: 'info' } });
  const jobs = [1, 2].map((n) =>
    world.instance.enqueue('codeintel', stepJob([`echo begun ${n}`, world.untilReleased('jobs'), `echo done ${n}`])),
  );
  await until('both steps', () => jobs.every((job) => outputOf(job).includes('stdout: begun')));
  expect(program.processes().filter((command) => command.includes(STEP_SCRIPT))).not.toEqual([]);
  await world.instance.down();
  world.release('jobs');
  await until('the end of both steps', () => program.processes().every((command) => !command.includes(STEP_SCRIPT)));
  await until('the complaint', () => program.output.includes('a heartbeat failed'));
  await world.instance.up();
  await Promise.all(jobs.map((job) => finished(job)));
  expect(jobs.map(({ state, marks, dequeues }) => ({ state, marks, dequeues }))).toEqual([
    { state: 'completed', marks: 1, dequeues: 1 },
    { state: 'completed', marks: 1, dequeues: 1 },
  ]);
  expect(jobs.map((job) => outputOf(job, 'step.docker.test').includes('stdout: done'))).toEqual([true, true]);
  // The instance counts a job as done before its answer arrives; one cut off here would rightly be asked for again.
  await until('the answers to both marks', () => program.output.split('removed (marked)').length > 2);
  await world.instance.down();
  await until('a failed dequeue', () => program.output.includes('a dequeue failed'));
  expect(await program.stop()).toEqual({ code: 0, signal: null });
  expect(program.output).not.toContain('The executor ended');
  expect(await world.problems()).toEqual([]);
});

life('an answer to a dequeue that is lost costs a reset and no more', async (world) => {
  const job = world.instance.enqueue('codeintel', stepJob(['echo ran']));
  world.instance.arm({ route: 'dequeue', job: () => undefined, fault: FAULTS['an answer lost after it took effect'] });
  const program = world.program({ queues: ['codeintel'], jobs: 1 });
  await until('the complaint', () => program.output.includes('a dequeue failed'));
  world.instance.pass(STALL_MS);
  await finished(job);
  expect([job.state, job.dequeues, job.resets, job.marks]).toEqual(['completed', 2, 1, 1]);
  expect(await program.stop()).toEqual({ code: 0, signal: null });
  expect(await world.problems()).toEqual([]);
});

life('a token that the instance no longer takes is told, and a running job still ends', async (world) => {
  const program = world.program({ queues: ['codeintel'], jobs: 1 });
  const job = world.instance.enqueue('codeintel', stepJob(['echo begun', world.untilReleased('job')]));
  await until('the step', printing(world, 'step.docker.test', 'stdout: begun'));
  const before = world.instance.accessToken;
  world.instance.accessToken = 'another-token-of-the-instance';
  world.release('job');
  await finished(job);
  expect([job.state, job.marks]).toEqual(['completed', 1]);
  await until('the complaint', () => program.output.includes('401'));
  world.instance.accessToken = before;
  const next = world.instance.enqueue('codeintel', stepJob(['echo next']));
  await finished(next);
  expect(await program.stop()).toEqual({ code: 0, signal: null });
  expect(await world.problems()).toEqual([]);
});

life('a token in a file is read again when the instance has a new one', async (world) => {
  const file = path.join(world.folder, 'token');
  writeFileSync(file, `${world.instance.accessToken}\n`);
  const program = world.program({
    queues: ['codeintel'],
    jobs: 1,
    settings: { EXECUTOR_FRONTEND_PASSWORD: '', EXECUTOR_FRONTEND_PASSWORD_FILE: file },
  });
  const job = world.instance.enqueue('codeintel', stepJob(['echo begun', world.untilReleased('job')]));
  await until('the step', printing(world, 'step.docker.test', 'stdout: begun'));
  world.instance.accessToken = 'another-token-of-the-instance';
  world.instance.watch.secret('the new executor token', world.instance.accessToken);
  writeFileSync(file, world.instance.accessToken);
  world.release('job');
  const next = world.instance.enqueue('codeintel', stepJob(['echo next']));
  await Promise.all([finished(job), finished(next)]);
  expect([job.state, job.dequeues, next.state]).toEqual(['completed', 1, 'completed']);
  expect(program.output).not.toMatch(/\b401\b/);
  expect(await program.stop()).toEqual({ code: 0, signal: null });
  expect(await world.problems()).toEqual([]);
});

life(
  'jobs of an old instance, which have no tokens of their own, run with the executor token, and no step sees it',
  async (world) => {
    const program = world.program({ queues: ['codeintel'], jobs: 2 });
    const good = world.instance.enqueue(
      'codeintel',
      clonedJob(
        ['cat README.md stored', 'env; cat .git/config; cat /proc/[0-9]*/environ | tr "\\0" "\\n"'],
        world.repository,
        {
          files: { stored: { bucket: 'batch-changes', key: 'spec/stored' } },
        },
      ),
    );
    world.instance.files.set('batch-changes/spec/stored', Buffer.from('stored bytes\n'));
    const bad = world.instance.enqueue('codeintel', stepJob(['exit 4']));
    await Promise.all([finished(good), finished(bad)]);
    expect([good.state, good.marks, bad.state, bad.marks]).toEqual(['completed', 1, 'errored', 1]);
    expect(streamOf(good, 'stdout', 'step.docker.test')).toMatch(/^hello\nstored bytes\n/);
    expect(outputOf(good)).not.toContain('SECRET_REMOVED');
    expect(await program.stop()).toEqual({ code: 0, signal: null });
    expect(await world.problems()).toEqual([]);
  },
  { jobTokens: false },
);

life('an instance that is slow to answer a mark hears of it once', async (world) => {
  const slow = world.instance.arm({ route: 'mark', fault: FAULTS['a slow answer'] });
  const program = world.program({ queues: ['codeintel'], jobs: 1 });
  const job = world.instance.enqueue('codeintel', stepJob(['echo ran']));
  await finished(job);
  expect(await program.stop()).toEqual({ code: 0, signal: null });
  expect([slow.hits(), world.instance.calls.get('mark'), job.marks]).toEqual([1, 1, 1]);
  expect(await world.problems()).toEqual([]);
});

life('a program of the user that PATH names is found by steps, even below /tmp', async (world) => {
  const programs = path.join(world.folder, 'programs');
  mkdirSync(programs);
  writeFileSync(path.join(programs, 'my-indexer'), '#!/bin/sh\necho "indexed by $0"\n', { mode: 0o755 });
  const program = world.program({
    queues: ['codeintel'],
    jobs: 1,
    settings: { PATH: `${programs}:${process.env['PATH'] ?? ''}` },
  });
  const job = world.instance.enqueue('codeintel', stepJob(['my-indexer']));
  await finished(job);
  expect([job.state, streamOf(job, 'stdout', 'step.docker.test')]).toEqual([
    'completed',
    `indexed by ${programs}/my-indexer\n`,
  ]);
  expect(await program.stop()).toEqual({ code: 0, signal: null });
  expect(await world.problems()).toEqual([]);
});

life('a refused token ends the program at once, with the reason', async (world) => {
  const program = world.program({
    queues: ['codeintel'],
    jobs: 1,
    settings: { EXECUTOR_FRONTEND_PASSWORD: 'not-the-token-of-this-instance' },
  });
  expect(await program.ended).toEqual({ code: 3, signal: null });
  expect(program.output).toMatch(/401/);
  expect(program.output).not.toContain('not-the-token-of-this-instance');
  expect(await world.problems()).toEqual([]);
});
