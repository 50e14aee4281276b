// Takes away task definitions that nobody has used for long: while there is nothing else to do, and no faster than the
// rate bears that registrations share. One that a launch needs in the same moment is refused as gone, and defined anew.
import { LIMITS } from '../limits.ts';
import { startRound } from './rounds.ts';
import type { Shift } from './shift.ts';

export function retireDefinitions(shift: Shift): void {
  const { clock, journal, tasks } = shift.world;
  const now = clock.now();
  if (now < shift.retireAt) return;
  shift.retireAt = now + LIMITS.retireMs;
  startRound(shift, async () => {
    const answer = await tasks.retireDefinition();
    if (typeof answer !== 'string') {
      if (answer.kind === 'throttled') journal.metric('Throttles', 1, { Call: 'DeregisterTaskDefinition' });
      else shift.troubles.failed('old-definitions', `unused task definitions: ${answer.message}`, clock.now());
      return;
    }
    shift.troubles.works('old-definitions', clock.now());
    if (answer === 'retired') journal.log('info', 'took away a task definition that was not used for long', {});
  });
}
