// Carries an event into a stored record: read, decide (./states.ts), write if nobody was faster, else decide anew.
// The write comes before every act that follows from it.
import { removeJob } from './remove-job.ts';
import type { JobKey } from './keys.ts';
import { type JobOptions, moment } from './options.ts';
import type { JobRecord } from './record.ts';
import type { JobEvent } from './events.ts';
import { next } from './states.ts';
import { noteTransition } from './telemetry.ts';
import type { CompletionWorld, Stored } from './world.ts';

export type Applied =
  | { readonly kind: 'changed'; readonly stored: Stored }
  /** The event means nothing any more. */
  | { readonly kind: 'same'; readonly stored: Stored }
  | { readonly kind: 'removed' }
  /** There is no such record. */
  | { readonly kind: 'gone' };

/** Losing so often against others over one record is a bug or a stampede; the caller's next round tries again. */
const RACES_MAX = 20;

/**
 * `event` may depend on the record as it now is; undefined drops the event. A record that was read just before saves
 * the first read.
 */
export async function applyEvent(
  world: CompletionWorld,
  options: JobOptions,
  key: JobKey,
  event: JobEvent | ((record: JobRecord) => JobEvent | undefined),
  known?: Stored,
): Promise<Applied> {
  let stored = known ?? (await world.jobs.get(key));
  for (let race = 0; race < RACES_MAX; race++) {
    if (stored === 'none') return { kind: 'gone' };
    const happened = typeof event === 'function' ? event(stored.record) : event;
    if (happened === undefined) return { kind: 'same', stored };
    const decided = next(stored.record, happened, moment(world, options));
    if (decided.kind === 'same') return { kind: 'same', stored };
    if (decided.kind === 'remove') {
      if (await removeJob(world, stored)) {
        noteTransition(world, options, stored.record, happened, decided);
        return { kind: 'removed' };
      }
    } else if ((await world.jobs.change(key, stored.seen, decided.record)) === 'changed') {
      noteTransition(world, options, stored.record, happened, decided);
      return { kind: 'changed', stored: { record: decided.record, seen: stored.seen + 1 } };
    }
    stored = await world.jobs.get(key);
  }
  throw new Error(`lost ${RACES_MAX} races over the record ${key}`);
}
