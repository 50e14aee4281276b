// Tells a user whose job is held up what it waits for, in the job's own log.
//
// W1. That an entry is to be written stands in the record before it is sent. After a lost answer nobody knows whether it
//     is there; an update of entry 1 finds out, and until then the job is not launched: its runner counts its own entries
//     from what is there, and one off would overwrite another's.
// W2. While one dispatcher follows another, one may hear a refusal and tell of the wait although the other got the task.
//     The entry is then more than the payload counts; the runner sees that from the ID of its first addition, and
//     overwrites the entry at its end.
// W3. A dispatcher that stands still for long between the record and the update of entry 1 may write over what the runner
//     has put there since. That is the clone's or the files' entry: never one with a result.
import { LIMITS } from '../limits.ts';
import type { JobRecord } from '../record.ts';
import { waitingEntry } from '../waiting.ts';
import { within } from '../within.ts';
import type { Stored } from '../world.ts';
import type { Shift } from './shift.ts';

/** Between two updates of the entry. */
const UPDATE_MS = 60_000;
/** The dispatcher's entry is the first of the job's log, if it is there at all. */
const ENTRY_ID = 1;

export async function tellWaiting(shift: Shift, stored: Stored): Promise<undefined> {
  const { world } = shift;
  const { record, seen } = stored;
  const now = world.clock.now();
  const { state, waitingEntry: written } = record;
  // A later attempt's log belongs to the runner, which tells the relaunch itself.
  if (state.kind !== 'to-launch' || state.waitsFor === undefined || record.attempt > 1) return;
  if (now - state.since < LIMITS.waitingEntryMs) return;
  if (written !== undefined && now - written.writtenAt < UPDATE_MS) return;
  const intent = {
    ...record,
    waitingEntry: { ...written, startTime: written?.startTime ?? state.since, writtenAt: now },
  };
  if ((await world.jobs.change(record.key, seen, intent)) === 'stale') return;
  await write(shift, { record: intent, seen: seen + 1 }, written !== undefined, state.waitsFor);
}

/** Before a launch: the record whose entry is surely there or surely not; `unsettled` when Sourcegraph does not say. */
export async function settleWaiting(shift: Shift, stored: Stored): Promise<Stored | 'unsettled'> {
  const { state, waitingEntry: written } = stored.record;
  if (written === undefined || written.entryId !== undefined) return stored;
  const waitsFor = state.kind === 'to-launch' ? state.waitsFor : undefined;
  return write(shift, stored, true, waitsFor ?? 'now launched');
}

async function write(
  shift: Shift,
  stored: Stored,
  maybeThere: boolean,
  waitsFor: string,
): Promise<Stored | 'unsettled'> {
  const { world } = shift;
  const { record, seen } = stored;
  const { waitingEntry: written, queue, jobId, token } = record;
  if (written === undefined) return stored;
  const entry = waitingEntry(
    record,
    { waitsFor, startTime: written.startTime, vcpuLimit: shift.options.vcpuLimit },
    world.clock.now(),
  );
  const answer = await within(world.clock, LIMITS.callTimeoutMs, shift.ending.signal, (signal) =>
    world.instance.logEntry({ queue, jobId, token }, maybeThere ? { ...entry, entryId: ENTRY_ID } : entry, signal),
  );
  if (answer !== 'not-ours' && answer.kind === 'unreachable') return 'unsettled';
  const next =
    answer === 'not-ours' || answer.kind === 'refused' ? withoutEntry(record) : withEntry(record, answer.entryId);
  return (await world.jobs.change(record.key, seen, next)) === 'changed'
    ? { record: next, seen: seen + 1 }
    : 'unsettled';
}

function withoutEntry(record: JobRecord): JobRecord {
  const { waitingEntry: written, ...rest } = record;
  return written === undefined ? record : rest;
}

function withEntry(record: JobRecord, entryId: number): JobRecord {
  const { waitingEntry: written } = record;
  if (written === undefined) return record;
  return { ...record, logEntries: Math.max(record.logEntries, entryId), waitingEntry: { ...written, entryId } };
}
