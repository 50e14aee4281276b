// What a look at the tasks could not see, or could not pass on.
import type { Millis } from '../world.ts';
import type { Shift } from './shift.ts';

/**
 * A throttle now and then is normal. One that lasts so long leaves jobs whose tasks have ended without their end, and a
 * shift is not much longer: others take over each minute.
 */
const THROTTLED_LONG_MS: Millis = 20_000;

export function noteUnseen(
  shift: Shift,
  call: 'ListTasks' | 'DescribeTasks' | 'SendMessage',
  { kind, message }: { readonly kind: 'throttled' | 'unreachable'; readonly message: string },
): void {
  const { clock, journal } = shift.world;
  const now = clock.now();
  if (kind === 'throttled') {
    journal.metric('Throttles', 1, { Call: call });
    shift.looksThrottledSince ??= now;
    if (now - shift.looksThrottledSince < THROTTLED_LONG_MS) return;
  }
  shift.troubles.failed('tasks', `${call}: ${message}`, now);
}

/** A whole look went through. */
export function noteSeen(shift: Shift): void {
  shift.looksThrottledSince = undefined;
  shift.troubles.works('tasks', shift.world.clock.now());
}
