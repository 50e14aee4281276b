// Tells a user whose job is held up what it waits for, in the job's own log.
//
// While no task can exist (`to-launch`, of any attempt), entry 1 is the dispatcher's, which keeps it up to date:
// W1. That it is to be written stands in the record before it is sent. After a lost answer nobody knows whether it is
//     there; an update finds out, and until then the job is not launched: its runner writes entry 1 itself. A Sourcegraph
//     that stays silent holds up a launch by two such requests at their longest, the one whose answer was lost and the one
//     that asks: less than a minute.
// W2. Of a later attempt it takes the place of what the attempt before has left there, as that attempt's runner will.
// W3. A dispatcher that stands still for long between the record and the update of entry 1 may write over what the runner
//     has put there since. That is the relaunch's, the clone's or the files' entry: never one with a result.
//
// From the first send on a runner may be at work at any moment, so an update could overwrite its entries:
// W4. Then one entry is added for the attempt, and neither updated nor sent again. An addition moves nobody's entry. The
//     runner of attempt 1 sees from the ID of its own next addition that there is one which it does not know, and leaves
//     it there. A runner that reckons with entries which nobody has counted, of an attempt before or of an addition of its
//     own whose answer was lost, cannot tell and takes the entry's place.
// W5. The same happens while one dispatcher follows another, where one may hear a refusal and tell of the wait although
//     the other got the task.
import { LIMITS } from '../limits.ts';
import type { JobRecord } from '../record.ts';
import { launchEntry, waitingEntry } from '../waiting.ts';
import { within } from '../within.ts';
import type { Millis, Stored, WaitingEntry } from '../world.ts';
import type { Shift } from './shift.ts';

/** Between two updates of the entry. */
const UPDATE_MS = 60_000;
/** The dispatcher's entry is the first of the job's log, if it is there at all. */
const ENTRY_ID = 1;
/** By then nothing is under way any more of a request whose answer was lost. */
const SETTLED_MS = LIMITS.callTimeoutMs + 10_000;
/** An entry that is never repeated may hold up the job's next launch only for so long. */
const ONCE_MS = 5_000;
/** Stands for an entry that is not there: it was refused, or nobody knows the job. When it was tried last stays known. */
const NO_ENTRY = 0;

export async function tellWaiting(shift: Shift, stored: Stored): Promise<undefined> {
  const { world } = shift;
  const { record, seen } = stored;
  const now = world.clock.now();
  const { state, waitingEntry: written } = record;
  if (state.kind !== 'to-launch' || state.waitsFor === undefined) return;
  if (now - state.since < LIMITS.waitingEntryMs) return;
  if (written !== undefined && now - written.writtenAt < UPDATE_MS) return;
  const intent: JobRecord = {
    ...record,
    waitingEntry: { startTime: written?.startTime ?? state.since, writtenAt: now },
  };
  if ((await world.jobs.change(record.key, seen, intent)) === 'stale') return;
  await write(shift, { record: intent, seen: seen + 1 }, state.waitsFor, {
    mayBeThere: written !== undefined || record.attempt > 1 || record.launchToldFor !== undefined,
    mayAdd: true,
  });
}

/** Before a launch: the record whose entry is surely there or surely not; `unsettled` when Sourcegraph does not say. */
export async function settleWaiting(shift: Shift, stored: Stored): Promise<Stored | 'unsettled'> {
  const { state, waitingEntry: written } = stored.record;
  if (written === undefined || written.entryId !== undefined) return stored;
  if (shift.world.clock.now() - written.writtenAt > SETTLED_MS) return stored;
  const waitsFor = state.kind === 'to-launch' ? state.waitsFor : undefined;
  return write(shift, stored, waitsFor ?? 'now launched', { mayBeThere: true, mayAdd: false });
}

async function write(
  shift: Shift,
  stored: Stored,
  waitsFor: string,
  { mayAdd, mayBeThere }: { readonly mayBeThere: boolean; readonly mayAdd: boolean },
): Promise<Stored | 'unsettled'> {
  const { world } = shift;
  const { record, seen } = stored;
  const { waitingEntry: written } = record;
  if (written === undefined) return stored;
  const entry = waitingEntry(
    record,
    { waitsFor, startTime: written.startTime, vcpuLimit: shift.options.vcpuLimit },
    world.clock.now(),
  );
  let answer = mayBeThere ? await send(shift, record, { ...entry, entryId: ENTRY_ID }) : 'not-ours';
  // Of a job that is ours: there is no such entry.
  if (answer === 'not-ours' && mayAdd) answer = await send(shift, record, entry);
  if (answer !== 'not-ours' && answer.kind === 'unreachable') return 'unsettled';
  const entryId = answer !== 'not-ours' && answer.kind === 'logged' ? answer.entryId : NO_ENTRY;
  const next = withEntry(record, written, entryId);
  return (await world.jobs.change(record.key, seen, next)) === 'changed'
    ? { record: next, seen: seen + 1 }
    : 'unsettled';
}

function send(
  shift: Shift,
  { jobId, queue, token }: JobRecord,
  entry: WaitingEntry,
  ms: Millis = LIMITS.callTimeoutMs,
) {
  const { clock, instance } = shift.world;
  return within(clock, ms, shift.ending.signal, (signal) => instance.logEntry({ queue, jobId, token }, entry, signal));
}

function withEntry(record: JobRecord, written: NonNullable<JobRecord['waitingEntry']>, entryId: number): JobRecord {
  return { ...record, logEntries: Math.max(record.logEntries, entryId), waitingEntry: { ...written, entryId } };
}

/** Whether a launch or a start takes so long that the user is to be told, and has not been. */
export function isLaunchToBeTold({ pending }: Shift, record: JobRecord, now: Millis): boolean {
  const { attempt, key, launchToldFor, state } = record;
  if (launchToldFor === attempt) return false;
  if (state.kind === 'starting') return pending.has(key) && now - state.since >= LIMITS.startingEntryMs;
  // A job that waited before may have an entry already.
  const { entryId } = record.waitingEntry ?? { entryId: NO_ENTRY };
  const isFirstWord = entryId === NO_ENTRY && now - state.since >= LIMITS.waitingEntryMs;
  return state.kind === 'launching' && state.abandon === undefined && isFirstWord;
}

/** A launch that was sent, or a task that does not run yet. */
export async function tellLaunch(shift: Shift, { record, seen }: Stored): Promise<undefined> {
  const { world } = shift;
  const now = world.clock.now();
  const { attempt, key, state } = record;
  if (!isLaunchToBeTold(shift, record, now)) return;
  if (state.kind !== 'launching' && state.kind !== 'starting') return;
  if ((await world.jobs.change(key, seen, { ...record, launchToldFor: attempt })) === 'stale') return;
  await send(shift, record, launchEntry(record, state, now), ONCE_MS);
}
