// Compares what ECS runs with what the records say: events get lost, tasks get stuck, and a dispatcher may have died
// between a launch and its answer.
//
// R1. Records are read before tasks are listed. So a record's task that the list lacks has stopped, or is not visible yet.
// R2. A task without a record may be an orphan: ./sweep.ts decides, over records that are read after this list.
// R3. One look at a time. A slow ECS would otherwise meet ever more of them, and each speaks of older records.
// R4. One answer that lacks a task does not prove it gone: ECS is eventually consistent, also after it was right once.
import { applyEvent } from '../apply-event.ts';
import { attemptId, type JobKey } from '../keys.ts';
import { LIMITS } from '../limits.ts';
import { type JobRecord, taskOf } from '../record.ts';
import type { TaskStopped } from '../task-stopped.ts';
import type { Millis, RunningTask, Stored } from '../world.ts';
import { startRound } from './rounds.ts';
import type { Shift } from './shift.ts';
import { noteOrphans } from './sweep.ts';
import { noteSeen, noteUnseen } from './unseen.ts';

export async function reconcile(shift: Shift, stored: readonly Stored[]): Promise<void> {
  const { world } = shift;
  const askedAt = world.clock.now();
  const listed = await world.tasks.list();
  if (listed.kind !== 'listed') {
    noteUnseen(shift, 'ListTasks', listed);
    return;
  }
  noteOrphans(shift, stored, listed.tasks);
  const byAttempt = Map.groupBy(listed.tasks, ({ startedBy }) => startedBy);
  const missing: JobRecord[] = [];
  const pending = new Set<JobKey>();
  for (const one of stored) {
    const named = taskOf(one.record);
    const tasks = byAttempt.get(attemptOf(one.record)) ?? [];
    const task = named === undefined ? tasks[0] : tasks.find((each) => each.task === named);
    if (task?.status === 'PENDING') pending.add(one.record.key);
    if (task !== undefined) await noteTask(shift, one, task);
    else if (named !== undefined) missing.push(one.record);
  }
  shift.pending = pending;
  const described = await describe(shift, missing);
  if (described === undefined) return;
  if (!(await reportStopped(shift, missing, described))) return;
  shift.lookedAt = askedAt;
  noteSeen(shift);
}

const attemptOf = ({ key, attempt }: JobRecord): string => attemptId(key, attempt);

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

/** By task; undefined when ECS does not say. */
async function describe(
  shift: Shift,
  records: readonly JobRecord[],
): Promise<ReadonlyMap<string, RunningTask> | undefined> {
  const tasks = records.map(taskOf).filter((task) => task !== undefined);
  if (tasks.length === 0) return new Map();
  const described = await shift.world.tasks.describe(tasks);
  if (described.kind === 'described') return new Map(described.tasks.map((task) => [task.task, task]));
  noteUnseen(shift, 'DescribeTasks', described);
  return undefined;
}

/**
 * The stopped event that never came, or never will because ECS has forgotten the task. False: not all that ECS said could
 * be passed on.
 */
async function reportStopped(
  shift: Shift,
  records: readonly JobRecord[],
  described: ReadonlyMap<string, RunningTask>,
): Promise<boolean> {
  const now = shift.world.clock.now();
  const gone: JobRecord[] = [];
  for (const record of records) {
    const task = described.get(taskOf(record) ?? '');
    if (task === undefined) {
      if (now - record.state.since >= LIMITS.visibilityMs) gone.push(record);
    } else if (task.stopped !== undefined && !(await report(shift, task.stopped))) {
      return false;
    }
  }
  startLookAgain(shift, gone);
  return true;
}

async function report(shift: Shift, stopped: TaskStopped): Promise<boolean> {
  const answer = await shift.world.results.send({ kind: 'task-stopped', stopped });
  if (answer === 'sent') return true;
  noteUnseen(shift, 'SendMessage', answer);
  return false;
}

/** One more look at a time for each task, however often it is missed meanwhile. */
function startLookAgain(shift: Shift, gone: readonly JobRecord[]): void {
  const { lookingAgain } = shift;
  const records = gone.filter((record) => !lookingAgain.has(taskOf(record) ?? ''));
  if (records.length === 0) return;
  const tasks = records.map((record) => taskOf(record) ?? '');
  for (const task of tasks) lookingAgain.add(task);
  startRound(shift, async () => {
    try {
      await lookAgain(shift, records);
    } finally {
      for (const task of tasks) lookingAgain.delete(task);
    }
  });
}

async function lookAgain(shift: Shift, records: readonly JobRecord[]): Promise<void> {
  const { clock, journal } = shift.world;
  if ((await clock.sleep(LIMITS.lookAgainMs, shift.ending.signal)) === 'aborted') return;
  const described = await describe(shift, records);
  if (described === undefined) return;
  for (const record of records) {
    if (described.has(taskOf(record) ?? '')) continue;
    journal.log('warn', 'ECS no longer knows a task', { job: record.key, task: taskOf(record) });
    // The next look that misses the task begins anew.
    if (!(await report(shift, vanished(record, clock.now())))) return;
  }
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
