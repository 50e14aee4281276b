// StopTask, repeated until the task is seen stopped: a stop that nobody confirms is no stop.
import { applyEvent } from '../apply-event.ts';
import { jittered, LIMITS } from '../limits.ts';
import type { JobState } from '../record.ts';
import type { JobEvent } from '../events.ts';
import { jobFields } from '../telemetry.ts';
import type { Millis, Stored } from '../world.ts';
import type { Shift } from './shift.ts';
import { noteStopAnswer, type StopAnswer } from './stop-answer.ts';

/** Until a stop that ECS did not take is sent again, less the jitter. */
const RETRY_MS = 2_000;

type Stopping = Extract<JobState, { kind: 'stopping' }>;

export async function stopTask(shift: Shift, stored: Stored, state: Stopping): Promise<Stored | undefined> {
  const { world, options } = shift;
  // A repetition takes only what the first stops of others leave.
  const patienceMs = state.acceptedAt === undefined ? LIMITS.tickMs : 0;
  const waitMs = shift.stops.takeSoon(world.clock.now(), patienceMs);
  // The next tick asks again; nothing is written for that.
  if (waitMs === undefined) return undefined;
  if (waitMs > 0 && (await world.clock.sleep(waitMs, shift.ending.signal)) === 'aborted') return undefined;
  const answer = await world.tasks.stop(state.task, state.why);
  const isTaken = noteStopAnswer(shift, 'stops', answer, jobFields(stored.record));
  if (!isTaken && answer.kind === 'throttled') shift.stops.throttled(world.clock.now());
  const event = eventOf(answer, state, world.clock.now(), world.random.fraction());
  await applyEvent(
    world,
    options,
    stored.record.key,
    ({ state: latest }) => (latest.kind === 'stopping' && latest.task === state.task ? event : undefined),
    stored,
  );
  return undefined;
}

function eventOf(answer: StopAnswer, { acceptedAt, since }: Stopping, now: Millis, fraction: number): JobEvent {
  const accepted: JobEvent = { kind: 'stop-accepted', delayMs: LIMITS.restopMs };
  if (answer === 'stopping') return accepted;
  if (answer !== 'unknown') {
    return { kind: 'put-off', why: 'until ECS takes the stop', delayMs: jittered(RETRY_MS, fraction) };
  }
  // One that was launched just before the stop may not be shown yet; one that was is forgotten an hour after its end.
  const age = now - since;
  if (acceptedAt !== undefined || age >= LIMITS.visibilityMs) return accepted;
  const delayMs = jittered(Math.min(LIMITS.restopMs, Math.max(RETRY_MS, age / 2)), fraction);
  return { kind: 'put-off', why: 'until ECS knows the task', delayMs };
}
