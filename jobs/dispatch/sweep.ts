// Stops tasks that no job stands behind: of a launch that came through after its job had ended, of a stop that nobody
// confirmed. Such a task costs money until its own deadline, and may act in the user's name.
//
// O1. Only a task is looked at whose name this executor has made, in a family of this pool.
// O2. It is stopped over records that were read, consistently, after ECS's list had shown it. A record is written before
//     its task is launched and stays until that has ended: what has no record then never gets one. A record that this
//     version of the code cannot read is a record.
// O3. A few in a round, one after the other, and no more once ECS refuses: launches share the rate.
import { attemptId, parseAttemptId } from '../keys.ts';
import { LIMITS } from '../limits.ts';
import type { JobStore, Millis, RunningTask, Stored } from '../world.ts';
import type { Shift } from './shift.ts';

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
  const attempts = namesOf(stored);
  const orphans = tasks.filter(
    ({ startedBy }) => parseAttemptId(startedBy).kind === 'attempt' && !attempts.has(startedBy),
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
  const attempts = namesOf(records);
  const unread = new Set(unreadable);
  for (const [task, { startedBy }] of shift.orphans) {
    const attempt = parseAttemptId(startedBy);
    const isHeld = attempts.has(startedBy) || (attempt.kind === 'attempt' && unread.has(attempt.key));
    if (isHeld) shift.orphans.delete(task);
  }
  const due = [...shift.orphans].filter(([, { since }]) => readAt - since >= LIMITS.orphanGraceMs);
  return due.slice(0, STOPS_MAX).map(([task]) => task);
}

export async function stopOrphans(shift: Shift, orphans: readonly string[]): Promise<void> {
  const { journal, tasks } = shift.world;
  const described = await tasks.describe(orphans);
  if (described.kind !== 'described') {
    journal.log('warn', 'tasks without a job could not be looked at', { answer: described });
    return;
  }
  for (const { startedBy, status, task } of described.tasks) {
    // What still runs after a stop shows up in the next list.
    shift.orphans.delete(task);
    if (status === 'STOPPED') continue;
    const answer = await tasks.stop(task, 'no job stands behind this task');
    if (answer !== 'stopping' && answer !== 'unknown') {
      journal.log('warn', 'a task without a job could not be stopped', { task, attempt: startedBy, answer });
      return;
    }
    journal.metric('TasksSwept', 1);
    journal.log('warn', 'stopped a task without a job', { task, attempt: startedBy });
  }
}

const namesOf = (stored: readonly Stored[]): ReadonlySet<string> =>
  new Set(stored.map(({ record }) => attemptId(record.key, record.attempt)));
