// Which jobs a heartbeat names, out of the records as they were read.
import { type JobKey, parseJobKey } from '../keys.ts';
import { isHeartbeated } from '../record.ts';
import type { HeldJob, JobStore } from '../world.ts';

/** A record of a version that this code cannot read is still a job that somebody waits for: its key names it. */
export function heldNames({
  records,
  unreadable,
}: Awaited<ReturnType<JobStore['inFlight']>>): ReadonlyMap<JobKey, HeldJob> {
  const held = new Map<JobKey, HeldJob>();
  for (const { record } of records) {
    if (isHeartbeated(record)) held.set(record.key, { queue: record.queue, jobId: record.jobId });
  }
  for (const text of unreadable) {
    const key = parseJobKey(text);
    if (key.kind === 'job' && key.queue !== undefined) held.set(key.key, { queue: key.queue, jobId: key.jobId });
  }
  return held;
}
