// Runs rows of the table through one program: all their jobs are queued at once, each row waits for its own.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SandboxJob } from '#local/sandbox/jobs.ts';
import { FAULTS } from '../world/faults.ts';
import type { Armed } from '../world/instance.ts';
import { outputOf, stepJob, streamOf } from '../world/jobs.ts';
import type { Program } from '../world/program.ts';
import { finished, World } from '../world/world.ts';
import type { Row } from './row.ts';

export function runRows(rows: readonly Row[], timeoutMs: number): void {
  const world = new World({ queues: ['tests'] });
  const jobs = new Map<Row, { readonly job: SandboxJob; readonly armed: readonly Armed[] }>();
  let program: Program;

  beforeAll(async () => {
    await world.instance.start();
    world.instance.files.set('batch-changes/spec/stored', Buffer.from('stored bytes\n'));
    world.instance.watch.secret('the secret of a job', 'hunter2-the-secret');
    for (const row of rows) {
      const job = world.instance.enqueue('tests', row.job(world.repository));
      const armed = (row.faults ?? []).map(({ route, fault, times }) =>
        world.instance.arm({
          route,
          job: () => job,
          fault: typeof fault === 'string' ? FAULTS[fault] : fault,
          ...(times === undefined ? {} : { times }),
        }),
      );
      jobs.set(row, { job, armed });
    }
    program = world.program({ queues: ['tests'], jobs: 8 });
  });
  afterAll(() => world.close());

  test.each(rows.map((row) => [row.name, row] as const))(
    '%s',
    async (_, row) => {
      const found = jobs.get(row);
      if (found === undefined) throw new Error('the row has no job');
      const { job, armed } = found;
      await finished(job, timeoutMs);
      const told = `${job.state}: ${job.failureMessage ?? ''}\n${outputOf(job).slice(-2_000)}`;
      expect({ state: job.state, marks: job.marks, told }).toMatchObject({ state: row.state, marks: 1 });
      if (row.message !== undefined) expect(job.failureMessage ?? '').toMatch(row.message);
      const texts = job.logs.map(({ out }) => out);
      const wanted = row.log;
      // Not toMatch: a failure would print megabytes.
      if (wanted !== undefined)
        expect([
          texts.some((text) => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text))),
          told,
        ]).toEqual([true, told]);
      if (row.notInLog !== undefined) expect(outputOf(job)).not.toContain(row.notInLog);
      for (const { hits } of armed) expect(hits()).toBeGreaterThan(0);
    },
    timeoutMs + 5_000,
  );

  test('then the next job runs, the program ends well, and every promise was kept', async () => {
    const next = world.instance.enqueue('tests', stepJob(['echo still here']));
    await finished(next);
    expect([next.state, streamOf(next, 'stdout', 'step.docker.test')]).toEqual(['completed', 'still here\n']);
    expect(await program.stop()).toEqual({ code: 0, signal: null });
    expect(await world.problems()).toEqual([]);
  }, 90_000);
}
