// StopTask, repeated until the task is seen stopped: a stop that nobody confirms is no stop.
import { applyEvent } from '../apply-event.ts';
import { LIMITS } from '../limits.ts';
import type { JobState } from '../record.ts';
import type { Stored } from '../world.ts';
import type { Shift } from './shift.ts';

const THROTTLED_MS = 1_000;

export async function stopTask(
  shift: Shift,
  stored: Stored,
  state: Extract<JobState, { kind: 'stopping' }>,
): Promise<Stored | undefined> {
  const { world, options } = shift;
  const answer = await world.tasks.stop(state.task, state.why);
  const accepted = answer === 'stopping' || answer === 'unknown';
  if (!accepted && answer.kind === 'throttled') world.journal.metric('Throttles', 1, { Call: 'StopTask' });
  await applyEvent(
    world,
    options,
    stored.record.key,
    accepted
      ? { kind: 'stop-accepted', delayMs: LIMITS.restopMs }
      : { kind: 'put-off', why: 'until ECS takes the stop', delayMs: THROTTLED_MS },
    stored,
  );
  return undefined;
}
