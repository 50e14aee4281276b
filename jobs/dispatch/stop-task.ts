// StopTask, repeated until the task is seen stopped: a stop that nobody confirms is no stop.
import { applyEvent } from '../apply-event.ts';
import { LIMITS } from '../limits.ts';
import type { JobRecord, JobState } from '../record.ts';
import { jobFields } from '../telemetry.ts';
import type { Stored, TaskLauncher } from '../world.ts';
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
  noteAnswer(shift, stored.record, answer);
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

function noteAnswer(shift: Shift, record: JobRecord, answer: Awaited<ReturnType<TaskLauncher['stop']>>): void {
  const { clock, journal } = shift.world;
  if (answer === 'stopping' || answer === 'unknown') shift.troubles.works('stops', clock.now());
  else if (answer.kind === 'throttled') journal.metric('Throttles', 1, { Call: 'StopTask' });
  else shift.troubles.failed('stops', `StopTask: ${answer.message}`, clock.now(), jobFields(record));
}
