// Compares what ECS runs with what the records say: events get lost, tasks get stuck, and a dispatcher may have died
// between a launch and its answer.
//
// R1. Records are read before tasks are listed. So a record's task that the list lacks has stopped, or is not visible yet.
// R2. A task without a record is an orphan, since a record is written before its launch; it is looked at twice, records
//     read in between, so that no task is stopped whose record came after the first look. A record that this version of
//     the code cannot read is a record.
import { parseAttemptId } from '../keys.ts';
import { applyEvent } from '../apply-event.ts';
import { LIMITS } from '../limits.ts';
import { type JobRecord, taskOf } from '../record.ts';
import type { TaskStopped } from '../task-stopped.ts';
import type { Millis, RunningTask, Stored } from '../world.ts';
import type { Shift } from './shift.ts';

/** DescribeTasks takes a hundred. */
const DESCRIBE_MAX = 100;

/** `unreadable`: keys of records that cannot be read. */
export async function reconcile(shift: Shift, stored: readonly Stored[], unreadable: readonly string[]): Promise<void> {
  const { world } = shift;
  const listed = await world.tasks.list();
  if (listed.kind !== 'listed') {
    if (listed.kind === 'throttled') world.journal.metric('Throttles', 1, { Call: 'ListTasks' });
    return;
  }
  const byAttempt = new Map(listed.tasks.map((task) => [task.startedBy, task]));
  const missing: Stored[] = [];
  for (const one of stored) {
    const task = byAttempt.get(attemptOf(one.record));
    if (task !== undefined) await noteTask(shift, one, task);
    else if (taskOf(one.record) !== undefined) missing.push(one);
  }
  await describeMissing(shift, missing);
  await sweep(shift, stored, new Set(unreadable), listed.tasks);
}

const attemptOf = (record: JobRecord): string => `${record.key}/${record.attempt}`;

async function noteTask(shift: Shift, { record }: Stored, task: RunningTask): Promise<void> {
  const { world, options } = shift;
  const { kind } = record.state;
  if (kind !== 'to-launch' && kind !== 'launching' && kind !== 'starting') return;
  const current = (latest: JobRecord) => attemptOf(latest) === task.startedBy;
  if (task.status === 'RUNNING') {
    const startedAt = task.startedAt ?? world.clock.now();
    await applyEvent(world, options, record.key, (latest) =>
      current(latest) ? { kind: 'task-running', task: task.task, startedAt } : undefined,
    );
  } else if (kind !== 'starting') {
    await applyEvent(world, options, record.key, (latest) =>
      current(latest) ? { kind: 'launched', task: task.task } : undefined,
    );
  }
}

async function describeMissing(shift: Shift, missing: readonly Stored[]): Promise<void> {
  const { world } = shift;
  for (let from = 0; from < missing.length; from += DESCRIBE_MAX) {
    const part = missing.slice(from, from + DESCRIBE_MAX);
    const tasks = part.map(({ record }) => taskOf(record)).filter((task) => task !== undefined);
    const described = await world.tasks.describe(tasks);
    if (described.kind !== 'described') {
      if (described.kind === 'throttled') world.journal.metric('Throttles', 1, { Call: 'DescribeTasks' });
      return;
    }
    const byTask = new Map(described.tasks.map((task) => [task.task, task]));
    for (const { record } of part) await reportLost(shift, record, byTask.get(taskOf(record) ?? ''));
  }
}

/** The stopped event that never came, or never will because ECS has forgotten the task. */
async function reportLost(shift: Shift, record: JobRecord, task: RunningTask | undefined): Promise<void> {
  const { world } = shift;
  const now = world.clock.now();
  if (task === undefined && now - record.state.since < LIMITS.visibilityMs) return;
  if (task !== undefined && task.status !== 'STOPPED') return;
  const stopped = task === undefined ? vanished(record, now) : task.stopped;
  if (stopped !== undefined) await world.results.send({ kind: 'task-stopped', stopped });
}

function vanished(record: JobRecord, now: Millis): TaskStopped {
  return {
    task: taskOf(record) ?? '',
    attempt: attemptOf(record),
    stoppedReason: 'ECS no longer knows the task',
    containers: [],
    version: 0,
    stoppedAt: now,
    ...(record.state.kind === 'running' ? { startedAt: record.state.since } : {}),
    spot: false,
  };
}

async function sweep(
  shift: Shift,
  stored: readonly Stored[],
  unreadable: ReadonlySet<string>,
  tasks: readonly RunningTask[],
): Promise<void> {
  const { world } = shift;
  const now = world.clock.now();
  const attempts = new Set(stored.map(({ record }) => attemptOf(record)));
  const running = new Set(tasks.map(({ task }) => task));
  for (const task of shift.orphans.keys()) if (!running.has(task)) shift.orphans.delete(task);
  for (const { task, startedBy } of tasks) {
    const attempt = parseAttemptId(startedBy);
    const isOurs = attempt.kind === 'attempt' && !attempts.has(startedBy) && !shift.adopting.has(attempt.key);
    if (!isOurs || unreadable.has(attempt.key)) {
      shift.orphans.delete(task);
      continue;
    }
    const since = shift.orphans.get(task);
    if (since === undefined) shift.orphans.set(task, now);
    // The first look came before this tick's records were read (R2).
    else if (now - since >= LIMITS.orphanGraceMs) await stopOrphan(shift, task, startedBy);
  }
}

async function stopOrphan(shift: Shift, task: string, startedBy: string): Promise<void> {
  const { journal, tasks } = shift.world;
  const answer = await tasks.stop(task, 'no job stands behind this task');
  if (answer !== 'stopping' && answer !== 'unknown') return;
  shift.orphans.delete(task);
  journal.metric('TasksSwept', 1);
  journal.log('warn', 'stopped a task without a job', { task, attempt: startedBy });
}
