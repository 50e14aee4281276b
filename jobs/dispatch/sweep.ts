// Stops tasks that no job stands behind: of a launch that came through after its job had ended, of a stop that nobody
// confirmed. Such a task costs money until its own deadline, and may act in the user's name.
//
// O1. Only a task is looked at whose name this executor has made, in a family of this pool.
// O2. It is stopped over records that were read, consistently, after ECS's list had shown it. A record is written before
//     its task is launched and stays until that has ended: what has no record then never gets one. A record that this
//     version of the code cannot read is a record.
// O3. A record stands behind the task that it names, or before that behind any of its attempt: a launch that came through
//     after its refusal gives a second one.
// O4. A few in a round, one after the other, and no more once ECS refuses: launches share the rate.
import { attemptId, parseAttemptId } from '../keys.ts';
import { LIMITS } from '../limits.ts';
import { taskOf } from '../record.ts';
import type { JobStore, Millis, RunningTask, Stored } from '../world.ts';
import type { Shift } from './shift.ts';
import { noteStopAnswer } from './stop-answer.ts';
import { noteUnseen } from './unseen.ts';

/** In a round of a second; AWS allows 40 together with launches. */
const STOPS_MAX = 5;

export interface Orphan {
  /** The attempt that it was launched for. */
  readonly startedBy: string;
  /** When it was first seen. */
  readonly since: Millis;
}

/** Remembers what ECS runs and `stored`, read before that, lacks. */
export function noteOrphans(shift: Shift, stored: readonly Stored[], tasks: readonly RunningTask[]): void {
  const now = shift.world.clock.now();
  const isHeld = holderOf(stored);
  const orphans = tasks.filter(
    ({ startedBy, task }) => parseAttemptId(startedBy).kind === 'attempt' && !isHeld(startedBy, task),
  );
  const seen = new Set(orphans.map(({ task }) => task));
  for (const task of shift.orphans.keys()) if (!seen.has(task)) shift.orphans.delete(task);
  for (const { startedBy, task } of orphans) {
    if (!shift.orphans.has(task)) shift.orphans.set(task, { startedBy, since: now });
  }
}

/** Those that still have no record, and have had the time to end by themselves. `readAt`: when `read` was asked for. */
export function dueOrphans(
  shift: Shift,
  { records, unreadable }: Awaited<ReturnType<JobStore['inFlight']>>,
  readAt: Millis,
): readonly string[] {
  if (shift.orphans.size === 0) return [];
  const isHeld = holderOf(records);
  const unread = new Set(unreadable);
  for (const [task, { startedBy }] of shift.orphans) {
    const attempt = parseAttemptId(startedBy);
    const isUnread = attempt.kind === 'attempt' && unread.has(attempt.key);
    if (isUnread || isHeld(startedBy, task)) shift.orphans.delete(task);
  }
  const due = [...shift.orphans].filter(([, { since }]) => readAt - since >= LIMITS.orphanGraceMs);
  return due.slice(0, STOPS_MAX).map(([task]) => task);
}

export async function stopOrphans(shift: Shift, orphans: readonly string[]): Promise<void> {
  const { clock, journal, tasks } = shift.world;
  const described = await tasks.describe(orphans);
  if (described.kind !== 'described') {
    noteUnseen(shift, 'DescribeTasks', described);
    return;
  }
  const shown = new Map(described.tasks.map((task) => [task.task, task]));
  for (const task of orphans) {
    const { startedBy, status } = shown.get(task) ?? {};
    if (startedBy === undefined || status === 'STOPPED') {
      shift.orphans.delete(task);
      continue;
    }
    const answer = await tasks.stop(task, 'no job stands behind this task');
    if (!noteStopAnswer(shift, 'sweeps', answer, { task, attempt: startedBy })) {
      // A throttle is over soon; what is not allowed would be refused each second.
      if (answer.kind !== 'throttled') shift.orphans.set(task, { startedBy, since: clock.now() });
      return;
    }
    // What still runs after a stop shows up in the next list.
    shift.orphans.delete(task);
    journal.metric('TasksSwept', 1);
    journal.log('warn', 'stopped a task without a job', { task, attempt: startedBy });
  }
}

/** A task whose launch was answered when its record no longer waited for it. One that ECS does not stop now is swept. */
export async function stopSuperfluous(shift: Shift, task: string, attempt: string): Promise<void> {
  const { clock, tasks } = shift.world;
  const answer = await tasks.stop(task, 'another launch took its place');
  if (noteStopAnswer(shift, 'sweeps', answer, { task, attempt })) return;
  shift.orphans.set(task, { startedBy: attempt, since: clock.now() });
}

/**
 * Whether it is worth an idle dispatcher's time to stay: an orphan must be seen for a while, and whoever comes next sees it
 * for the first time. The first look at ECS most often ends in less than a tick; the shift would wait for its end anyway.
 */
export function maySweep(shift: Shift, idleSince: Millis): boolean {
  const stayed = shift.world.clock.now() - idleSince;
  if (!shift.hasLooked) return stayed < LIMITS.callTimeoutMs;
  return shift.orphans.size > 0 && stayed < LIMITS.sweepStayMs;
}

/** Whether one of these records stands behind a task. */
function holderOf(stored: readonly Stored[]): (startedBy: string, task: string) => boolean {
  const named = new Map<string, string | undefined>(
    stored.map(({ record }) => [attemptId(record.key, record.attempt), taskOf(record)]),
  );
  return (startedBy, task) => named.has(startedBy) && (named.get(startedBy) ?? task) === task;
}
