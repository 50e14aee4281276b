// What a user reads in the log of a job that is held up: one entry that says what it waits for.
import type { JobRecord } from './record.ts';
import type { Millis, WaitingEntry } from './world.ts';

const WAITING_KEY = 'setup.waiting';

/**
 * The entry carries an exit code from the start: if the answer to it is lost, an entry stands in the log that nobody
 * will ever end, and that must not look unfinished.
 */
export function waitingEntry(record: JobRecord, waitsFor: string, startTime: Millis, now: Millis): WaitingEntry {
  const attempt = record.attempt > 1 ? `attempt ${record.attempt}, ` : '';
  return {
    ...(record.waitingEntry?.entryId === undefined ? {} : { entryId: record.waitingEntry.entryId }),
    key: WAITING_KEY,
    startTime,
    out: `stdout: waiting for Fargate capacity (${attempt}${waitsFor})\n`,
    exitCode: 0,
    durationMs: Math.max(0, now - startTime),
  };
}
