// The effect of a record's state, when it is due: prepare, launch, stop, ask for the mark. After an act that moved the
// record on, the new state's effect follows at once; what is put off is found again by a later tick.
import { applyEvent } from '../apply-event.ts';
import { LIMITS } from '../limits.ts';
import { overdue } from '../states.ts';
import type { JobRecord } from '../record.ts';
import type { Millis, Stored } from '../world.ts';
import { prepare, sendLaunch } from './launch.ts';
import { startPerJob } from './per-job.ts';
import { linksAreOld, renewLinks } from './renew-links.ts';
import { isOver, type Shift } from './shift.ts';
import { stopTask } from './stop-task.ts';
import { isLaunchToBeTold, tellLaunch, tellWaiting } from './tell-waiting.ts';

/** Starts whatever is due for this record, in the background. */
export function actNow(shift: Shift, stored: Stored): void {
  if (!isDue(shift, stored.record, shift.world.clock.now())) return;
  startPerJob(shift, stored.record.key, async () => {
    let current: Stored | undefined = stored;
    while (current !== undefined && !isOver(shift)) current = await act(shift, current);
  });
}

/** Most records need nothing at most ticks; that is found out without a promise each. */
function isDue(shift: Shift, record: JobRecord, now: Millis): boolean {
  if (isLate(shift, record, now)) return true;
  const { state } = record;
  switch (state.kind) {
    case 'to-launch':
      return state.notBefore <= now || state.waitsFor !== undefined;
    case 'launching':
      return state.notBefore <= now || isLaunchToBeTold(shift, record, now);
    case 'stopping':
      return state.notBefore <= now;
    case 'starting':
      return linksAreOld(record, now) || isLaunchToBeTold(shift, record, now);
    case 'running':
      return linksAreOld(record, now);
    case 'finished':
      return state.notBefore <= now && markMayBeAsked(shift, record, now);
  }
}

/**
 * Whether the state has lasted too long. That a task has not started, or not ended, is for ECS to say: while it does not
 * answer, the task may well be at work, and be lost only by our giving it up. And a runner past its time limit may be
 * done, and wait for a Sourcegraph that does not take its log: it has its own patience, and once Sourcegraph answers us
 * it is on time or late.
 */
function isLate(shift: Shift, record: JobRecord, now: Millis): boolean {
  if (!overdue(record, now)) return false;
  const { kind } = record.state;
  const overdueAt = (seen: Millis | undefined): boolean => seen !== undefined && overdue(record, seen);
  if (kind === 'running') return overdueAt(shift.heartbeatAnsweredAt) || overdue(record, now - LIMITS.logPatienceMs);
  return (kind !== 'starting' && kind !== 'stopping') || overdueAt(shift.lookedAt);
}

/** One effect; answers the record as it then is, when more may be due. */
async function act(shift: Shift, stored: Stored): Promise<Stored | undefined> {
  const { world, options } = shift;
  const { record } = stored;
  const now = world.clock.now();
  if (isLate(shift, record, now)) {
    const applied = await applyEvent(
      world,
      options,
      record.key,
      (latest) => (isLate(shift, latest, now) ? { kind: 'overdue' } : undefined),
      stored,
    );
    return applied.kind === 'changed' ? applied.stored : undefined;
  }
  const { state } = record;
  if ('notBefore' in state && state.notBefore > now) {
    if (state.kind === 'to-launch') return tellWaiting(shift, stored);
    return state.kind === 'launching' ? tellLaunch(shift, stored) : undefined;
  }
  switch (state.kind) {
    case 'to-launch':
      return prepare(shift, stored);
    case 'launching':
      return sendLaunch(shift, stored, state);
    case 'starting':
      return isLaunchToBeTold(shift, record, now) ? tellLaunch(shift, stored) : renewLinks(shift, stored);
    case 'running':
      return renewLinks(shift, stored);
    case 'stopping':
      return stopTask(shift, stored, state);
    case 'finished':
      await askToMark(shift, stored);
      return undefined;
  }
}

/** Asked again ever more rarely, should the message or its handler be lost. */
function markMayBeAsked(shift: Shift, record: JobRecord, now: Millis): boolean {
  const asked = shift.askedToMark.get(record.key);
  return asked === undefined || now - asked.at >= LIMITS.askMarkMs * Math.min(3, asked.times);
}

/** Completion is the only one that marks. */
async function askToMark(shift: Shift, { record }: Stored): Promise<void> {
  const now = shift.world.clock.now();
  if (!markMayBeAsked(shift, record, now)) return;
  const times = (shift.askedToMark.get(record.key)?.times ?? 0) + 1;
  shift.askedToMark.set(record.key, { at: now, times });
  const answer = await shift.world.results.send({ kind: 'mark-due', key: record.key });
  if (answer !== 'sent') shift.world.journal.log('warn', 'a mark could not be asked for', { job: record.key, answer });
}
