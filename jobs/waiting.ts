// What a user reads in the log of a job that is held up: what it waits for, and why.
import type { JobRecord, JobState } from './record.ts';
import type { Millis, WaitingEntry } from './world.ts';

const WAITING_KEY = 'setup.waiting';
const LAUNCH_KEY = 'setup.launch';

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
  const out = `waiting ${whatFor(record, waitsFor, vcpuLimit)} (${attemptOf(record)}${waitsFor})`;
  return entry(WAITING_KEY, out, startTime, now);
}

function whatFor(
  { attempt, capacityRefusal, lastLoss }: JobRecord,
  waitsFor: string,
  vcpuLimit: number | undefined,
): string {
  if (waitsFor === capacityRefusal?.why) {
    return `for Fargate capacity${vcpuLimit === undefined ? '' : `, quota ${vcpuLimit} vCPU`}`;
  }
  return attempt > 1 && waitsFor === lastLoss ? 'before it is launched again' : 'to be launched';
}

/** Of a launch that AWS has not confirmed yet, or of a task that it has and that does not run yet. */
export function launchEntry(
  record: JobRecord,
  state: Extract<JobState, { kind: 'launching' | 'starting' }>,
  now: Millis,
): WaitingEntry {
  const out =
    state.kind === 'launching'
      ? `waiting for the launch to be taken (${attemptOf(record)}${state.waitsFor ?? 'launches go as fast as AWS allows'})`
      : `launched${record.attempt > 1 ? `, attempt ${record.attempt}` : ''}; after ${Math.round((now - state.since) / 1000)} s the task does not run yet: its machine is made ready, and its images are pulled`;
  return entry(LAUNCH_KEY, out, state.since, now);
}

const attemptOf = ({ attempt }: JobRecord): string => (attempt > 1 ? `attempt ${attempt}, ` : '');

function entry(key: string, out: string, startTime: Millis, now: Millis): WaitingEntry {
  return { key, startTime, out: `stdout: ${out}\n`, exitCode: 0, durationMs: Math.max(0, now - startTime) };
}
