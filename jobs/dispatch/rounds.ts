// Work of the dispatcher as a whole that no loop waits for. What it throws is told and harms nothing else.
import { StoreUnavailable } from '../world.ts';
import { inBackground } from './per-job.ts';
import type { Shift } from './shift.ts';

/** Starts the work; never waits for it. */
export function startRound(shift: Shift, work: () => Promise<void>): void {
  inBackground(shift, async () => {
    try {
      await work();
    } catch (error) {
      noteFailure(shift, error);
    }
  });
}

/** A round that failed as a whole is made again; the invocation as a whole then counts as failed unless a later one works. */
export function noteFailure(shift: Shift, error: unknown): void {
  const { journal, clock } = shift.world;
  const message = `a round of the dispatcher: ${error instanceof Error ? error.message : String(error)}`;
  if (error instanceof StoreUnavailable) {
    journal.metric('StoreFailures', 1);
    shift.troubles.failed('tick', message, clock.now());
    return;
  }
  const stack = error instanceof Error ? error.stack : undefined;
  shift.troubles.failed('tick', message, clock.now(), { stack }, 'error');
}
