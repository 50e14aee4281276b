// Puts a log entry at a place that may be taken already: by an earlier attempt of the same job, or by an own add whose
// answer was lost. It relies on two facts: IDs count from 1 in the order of adding, and this client is the only one that
// adds to the job. An update finds out what is there without changing how much there is; only when nothing is there, and
// surely so, an entry is added. So a key never appears twice, of which the instance would show the wrong one.
import type { Refused, Unreachable } from './answers.ts';
import type { AddLogEntryAnswer } from './add-execution-log-entry.ts';
import type { ExecutionLogEntry } from './execution-log-entry.ts';
import type { UpdateLogEntryAnswer } from './update-execution-log-entry.ts';

export interface LogEntryCalls {
  addLogEntry(entry: ExecutionLogEntry, signal?: AbortSignal): Promise<AddLogEntryAnswer>;
  updateLogEntry(entryId: number, entry: ExecutionLogEntry, signal?: AbortSignal): Promise<UpdateLogEntryAnswer>;
}

export type EnsureLogEntryAnswer =
  /** `entryId` is the wanted one, unless a lost add of ours took effect late and holds the wanted place (then it is greater). */
  { readonly kind: 'placed'; readonly entryId: number } | { readonly kind: 'unknown-job' } | Unreachable | Refused;

const ROUNDS_MAX = 4;

/**
 * `entryId`: the place that the entry is to have, one more than the entries before it. `maybeThere`: whether an entry
 * may be there already. `unknown-job` is told only when an add heard it: then the job is not ours any more.
 */
export async function ensureLogEntry(
  calls: LogEntryCalls,
  entryId: number,
  entry: ExecutionLogEntry,
  maybeThere: boolean,
  signal?: AbortSignal,
): Promise<EnsureLogEntryAnswer> {
  let lookFirst = maybeThere;
  let lost: Unreachable | undefined;
  for (let round = 1; round <= ROUNDS_MAX; round += 1) {
    if (lookFirst) {
      const there = await calls.updateLogEntry(entryId, entry, signal);
      if (there.kind === 'updated') return { kind: 'placed', entryId };
      if (there.kind !== 'unknown-job') return there;
    }
    const added = await calls.addLogEntry(entry, signal);
    if (added.kind === 'added') return { kind: 'placed', entryId: added.entryId };
    if (added.kind !== 'unknown-whether-added') return added;
    lost = added.cause;
    lookFirst = true;
  }
  return lost ?? { kind: 'unknown-job' };
}
