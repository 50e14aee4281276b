// Tells a user whose job is held up what it waits for, in the job's own log.
import { LIMITS } from '../limits.ts';
import { waitingEntry } from '../waiting.ts';
import { within } from '../within.ts';
import type { Stored } from '../world.ts';
import type { Shift } from './shift.ts';

/** Between two updates of the entry. */
const UPDATE_MS = 60_000;

export async function tellWaiting(shift: Shift, { record, seen }: Stored): Promise<undefined> {
  const { world } = shift;
  const now = world.clock.now();
  const { state, waitingEntry: written } = record;
  // A later attempt's log belongs to the runner, which tells the relaunch itself.
  if (state.kind !== 'to-launch' || state.waitsFor === undefined || record.attempt > 1) return;
  if (now - state.since < LIMITS.waitingEntryMs) return;
  if (written !== undefined && (written.entryId === undefined || now - written.writtenAt < UPDATE_MS)) return;
  const startTime = written?.startTime ?? state.since;
  // Written down before it is sent: after a lost answer the entry is left alone, since a second one would stay for good.
  const intent = { ...record, waitingEntry: { ...written, startTime, writtenAt: now } };
  if ((await world.jobs.change(record.key, seen, intent)) === 'stale') return;
  const answer = await within(world.clock, LIMITS.callTimeoutMs, shift.ending.signal, (signal) =>
    world.instance.logEntry(
      {
        queue: record.queue,
        jobId: record.jobId,
        ...(record.token === undefined ? {} : { token: record.token }),
      },
      waitingEntry(record, state.waitsFor ?? '', startTime, now),
      signal,
    ),
  );
  if (answer === 'not-ours' || answer.kind !== 'logged') return;
  await world.jobs.change(record.key, seen + 1, {
    ...intent,
    logEntries: Math.max(record.logEntries, answer.entryId),
    waitingEntry: { startTime, writtenAt: now, entryId: answer.entryId },
  });
}
