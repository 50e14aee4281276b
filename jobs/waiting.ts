// What a user reads in the log of a job that is held up: one entry that says what it waits for.
import type { JobRecord } from './record.ts';
import type { Millis, WaitingEntry } from './world.ts';

const WAITING_KEY = 'setup.waiting';

export interface Waiting {
  readonly waitsFor: string;
  readonly startTime: Millis;
  /** vCPUs that may run at once, where a quota is known. */
  readonly vcpuLimit: number | undefined;
}

/**
 * The entry carries an exit code from the start: if the answer to it is lost, an entry stands in the log that nobody
 * will ever end, and that must not look unfinished.
 */
export function waitingEntry(
  record: JobRecord,
  { waitsFor, startTime, vcpuLimit }: Waiting,
  now: Millis,
): WaitingEntry {
  const attempt = record.attempt > 1 ? `attempt ${record.attempt}, ` : '';
  const quota = vcpuLimit === undefined ? '' : `, quota ${vcpuLimit} vCPU`;
  return {
    ...(record.waitingEntry?.entryId === undefined ? {} : { entryId: record.waitingEntry.entryId }),
    key: WAITING_KEY,
    startTime,
    out: `stdout: waiting for Fargate capacity${quota} (${attempt}${waitsFor})\n`,
    exitCode: 0,
    durationMs: Math.max(0, now - startTime),
  };
}
