// Work over one job that can harm that job alone. A throw is caught here and counted in its record; the third ends that
// job. Everything else in the dispatcher goes on, heartbeats above all.
import { applyEvent } from '../apply-event.ts';
import type { JobKey } from '../keys.ts';
import { LIMITS } from '../limits.ts';
import { StoreUnavailable } from '../world.ts';
import type { Shift } from './shift.ts';

/** Starts the work unless the job has some under way; never waits for it. */
export function startPerJob(shift: Shift, key: JobKey, work: () => Promise<void>): void {
  if (shift.busy.has(key)) return;
  shift.busy.add(key);
  inBackground(shift, async () => {
    try {
      await work();
    } catch (error) {
      await strike(shift, key, error);
    } finally {
      shift.busy.delete(key);
    }
  });
}

/** Work that no loop waits for; the shift waits for it at its end. It must not reject. */
export function inBackground(shift: Shift, work: () => Promise<void>): void {
  const running = work().finally(() => shift.underWay.delete(running));
  shift.underWay.add(running);
}

async function strike(shift: Shift, key: JobKey, error: unknown): Promise<void> {
  const { world, options } = shift;
  if (error instanceof StoreUnavailable) {
    world.journal.metric('StoreFailures', 1);
    world.journal.log('warn', 'a store did not answer', { job: key, error: error.message });
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  world.journal.metric('Strikes', 1);
  world.journal.log('error', 'work over a job failed', {
    job: key,
    error: message,
    stack: error instanceof Error ? error.stack : undefined,
  });
  try {
    const stored = await world.jobs.get(key);
    if (stored === 'none') return;
    const record = { ...stored.record, strikes: stored.record.strikes + 1 };
    if ((await world.jobs.change(key, stored.seen, record)) === 'stale' || record.strikes < LIMITS.strikes) return;
    await applyEvent(world, options, key, {
      kind: 'struck',
      errorMessage: `the executor failed ${record.strikes} times over this job: ${message}`,
    });
  } catch (second) {
    // A record that cannot even be struck stays as it is and is met again in the next tick.
    world.journal.log('error', 'a strike could not be recorded', {
      job: key,
      error: second instanceof Error ? second.message : String(second),
    });
  }
}
