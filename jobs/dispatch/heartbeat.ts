// The heartbeat: five seconds apart, whatever else is slow, because 25 s without one lose every job. It touches names
// only, never waits for its own predecessor, and what it learns is carried into each record by itself.
//
// H1. A heartbeat is sent every LIMITS.heartbeatMs, answered or not: a slow instance must not stretch the gap.
// H2. An answer speaks only of the jobs that its request named. One dequeued meanwhile is not "unknown".
// H3. A failed heartbeat says nothing about any job.
import { applyEvent } from '../apply-event.ts';
import type { JobKey } from '../keys.ts';
import { LIMITS } from '../limits.ts';
import type { HeldJob, Instance } from '../world.ts';
import { within } from '../within.ts';
import { actNow } from './act.ts';
import { inBackground } from './per-job.ts';
import { isOver, type Shift } from './shift.ts';

/** A successor does not know at once whom it speaks for; a heartbeat without names is better than a late one. */
const FIRST_NAMES_MS = 2_000;

export async function heartbeatLoop(shift: Shift): Promise<void> {
  const { clock } = shift.world;
  const named = AbortSignal.any([shift.named.signal, shift.ending.signal]);
  if ((await clock.sleep(FIRST_NAMES_MS, named)) === 'slept') {
    inBackground(shift, () => beat(shift));
    await clock.sleep(LIMITS.heartbeatMs, named);
  }
  while (!isOver(shift)) {
    inBackground(shift, () => beat(shift));
    await clock.sleep(LIMITS.heartbeatMs, shift.ending.signal);
  }
}

/** The last act of a dispatcher that hands over: its successor may take seconds to learn that it has. */
export async function lastHeartbeat(shift: Shift): Promise<void> {
  const { world } = shift;
  const held = heldOnce(namedJobs(shift));
  await within(world.clock, LIMITS.heartbeatMs, undefined, (signal) => world.instance.heartbeat(held, signal));
}

const name = ({ queue, jobId }: HeldJob): string => `${jobId}-${queue}`;

function namedJobs(shift: Shift): ReadonlyMap<JobKey, HeldJob> {
  const named = new Map<JobKey, HeldJob>(shift.held);
  for (const [key, { job }] of shift.adopting) named.set(key, job);
  return named;
}

/** Two dequeues of one job have one name. */
function heldOnce(named: ReadonlyMap<JobKey, HeldJob>): readonly HeldJob[] {
  return [...new Map([...named.values()].map((job) => [name(job), job])).values()];
}

async function beat(shift: Shift): Promise<void> {
  const { world } = shift;
  const now = world.clock.now();
  if (shift.heartbeatSentAt !== undefined) world.journal.metric('HeartbeatGap', now - shift.heartbeatSentAt);
  shift.heartbeatSentAt = now;
  const named = namedJobs(shift);
  const held = heldOnce(named);
  const answer = await within(world.clock, LIMITS.heartbeatTimeoutMs, shift.ending.signal, (signal) =>
    world.instance.heartbeat(held, signal),
  );
  if (answer.kind !== 'answered') {
    if (isOver(shift)) return;
    world.journal.metric('HeartbeatFailures', 1);
    shift.troubles.failed('heartbeat', answer.message, world.clock.now(), { jobs: held.length });
    return;
  }
  shift.heartbeatAnsweredAt = world.clock.now();
  shift.troubles.works('heartbeat', shift.heartbeatAnsweredAt);
  learn(shift, named, answer);
}

function learn(
  shift: Shift,
  named: ReadonlyMap<JobKey, HeldJob>,
  answer: Extract<Awaited<ReturnType<Instance['heartbeat']>>, { kind: 'answered' }>,
): void {
  const known = new Set(answer.known.map(name));
  const cancelled = new Set(answer.cancel.map(name));
  for (const [key, job] of named) {
    if (!known.has(name(job))) {
      tell(shift, key, { kind: 'not-ours', why: 'Sourcegraph no longer counts the job as ours' });
    } else if (cancelled.has(name(job))) {
      tell(shift, key, { kind: 'cancelled' });
    }
  }
}

// Not through the per-job lock: a launch that hangs must not keep a cancel from being noted. Conditional writes decide.
function tell(
  shift: Shift,
  key: JobKey,
  event: { readonly kind: 'cancelled' } | { readonly kind: 'not-ours'; readonly why: string },
): void {
  inBackground(shift, async () => {
    try {
      const applied = await applyEvent(shift.world, shift.options, key, event);
      if (applied.kind === 'changed') actNow(shift, applied.stored);
    } catch (error) {
      // The next answer says the same again.
      shift.world.journal.log('error', 'what a heartbeat told could not be noted', {
        job: key,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  });
}
