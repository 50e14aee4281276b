// What ECS says of a StopTask, told as every call's answer is: a throttle is a metric, all else that is no answer a trouble.
import type { TaskLauncher } from '../world.ts';
import type { Failing } from './troubles.ts';
import type { Shift } from './shift.ts';

export type StopAnswer = Awaited<ReturnType<TaskLauncher['stop']>>;

/** Whether ECS took the stop, or knows no such task. */
export function noteStopAnswer(
  shift: Shift,
  stops: Extract<Failing, 'stops' | 'sweeps'>,
  answer: StopAnswer,
  fields: Readonly<Record<string, unknown>>,
): answer is Extract<StopAnswer, string> {
  const { clock, journal } = shift.world;
  if (typeof answer === 'string') {
    shift.troubles.works(stops, clock.now());
    return true;
  }
  if (answer.kind === 'throttled') journal.metric('Throttles', 1, { Call: 'StopTask' });
  else shift.troubles.failed(stops, `StopTask: ${answer.message}`, clock.now(), fields);
  return false;
}
