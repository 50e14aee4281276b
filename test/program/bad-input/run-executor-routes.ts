// Faults of the calls that an executor makes for itself, one after the other through one program: each is got over, told in
// the program's log where it matters, and the next job runs.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isFinished } from '#local/sandbox/jobs.ts';
import { FAULTS, type FaultName } from '../world/faults.ts';
import { stepJob } from '../world/jobs.ts';
import type { Program } from '../world/program.ts';
import { finished, until, World } from '../world/world.ts';

export interface RouteFault {
  readonly route: 'dequeue' | 'heartbeat';
  readonly fault: FaultName;
}

export function runExecutorRoutes(rows: readonly RouteFault[], timeoutMs: number): void {
  // A job whose dequeue's answer is lost comes back soon.
  const world = new World({ queues: ['tests'], stall: { stallMs: 16_000, resetsMax: 3 } });
  let program: Program;
  beforeAll(async () => {
    await world.instance.start();
    program = world.program({ queues: ['tests'], jobs: 4 });
    await until('the start', () => program.output.includes('listening for jobs'));
  }, 70_000);
  afterAll(() => world.close());

  test.each(rows)(
    '$route: $fault',
    async ({ route, fault }) => {
      const armed = world.instance.arm({ route, fault: FAULTS[fault] });
      const struck = world.instance.enqueue('tests', stepJob(['echo struck']));
      await until(`the ${route}`, () => armed.hits() === 1, timeoutMs);
      const next = world.instance.enqueue('tests', stepJob(['echo next']));
      await finished(next, timeoutMs);
      expect([next.state, next.marks]).toEqual(['completed', 1]);
      expect(['completed', 'processing', 'queued']).toContain(struck.state);
    },
    timeoutMs + 10_000,
  );

  test('in the end every job has run, and every promise was kept', async () => {
    const jobs = world.instance.rules.jobs();
    await until('all jobs', () => jobs.every(isFinished));
    expect(jobs.filter(({ state, marks }) => state !== 'completed' || marks !== 1)).toEqual([]);
    expect(await program.stop()).toEqual({ code: 0, signal: null });
    expect(await world.problems()).toEqual([]);
  }, 90_000);
}
