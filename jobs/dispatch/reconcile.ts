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
import { inBackground } from './per-job.ts';
import type { Shift } from './shift.ts';
import { noteOrphans } from './sweep.ts';

/** DescribeTasks takes a hundred. */
const DESCRIBE_MAX = 100;

export async function reconcile(shift: Shift, stored: readonly Stored[]): Promise<void> {
  const { world } = shift;
  const askedAt = world.clock.now();
  const listed = await world.tasks.list();
  if (listed.kind !== 'listed') {
    noteUnseen(shift, 'ListTasks', listed);
    return;
  }
  const byAttempt = new Map(listed.tasks.map((task) => [task.startedBy, task]));
  const missing: JobRecord[] = [];
  const pending = new Set<JobKey>();
  for (const one of stored) {
    const task = byAttempt.get(attemptOf(one.record));
    if (task?.status === 'PENDING') pending.add(one.record.key);
    if (task !== undefined) await noteTask(shift, one, task);
    else if (taskOf(one.record) !== undefined) missing.push(one.record);
  }
  shift.pending = pending;
  const described = await describe(shift, missing);
  if (described === undefined) return;
  await reportStopped(shift, missing, described);
  shift.lookedAt = askedAt;
  shift.troubles.works('tasks', world.clock.now());
  noteOrphans(shift, stored, listed.tasks);
}

function noteUnseen(
  shift: Shift,
  call: 'ListTasks' | 'DescribeTasks',
  answer: { readonly kind: 'throttled' | 'unreachable'; readonly message: string },
): void {
  const { clock, journal } = shift.world;
  if (answer.kind === 'throttled') journal.metric('Throttles', 1, { Call: call });
  else shift.troubles.failed('tasks', `${call}: ${answer.message}`, clock.now());
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
  const { world } = shift;
  const tasks = records.map(taskOf).filter((task) => task !== undefined);
  const found = new Map<string, RunningTask>();
  for (let from = 0; from < tasks.length; from += DESCRIBE_MAX) {
    const described = await world.tasks.describe(tasks.slice(from, from + DESCRIBE_MAX));
    if (described.kind !== 'described') {
      noteUnseen(shift, 'DescribeTasks', described);
      return undefined;
    }
    for (const task of described.tasks) found.set(task.task, task);
  }
  return found;
}

/** The stopped event that never came, or never will because ECS has forgotten the task. */
async function reportStopped(
  shift: Shift,
  records: readonly JobRecord[],
  described: ReadonlyMap<string, RunningTask>,
): Promise<void> {
  const { world } = shift;
  const now = world.clock.now();
  const gone: JobRecord[] = [];
  for (const record of records) {
    const task = described.get(taskOf(record) ?? '');
    if (task === undefined) {
      if (now - record.state.since >= LIMITS.visibilityMs) gone.push(record);
    } else if (task.stopped !== undefined) {
      await world.results.send({ kind: 'task-stopped', stopped: task.stopped });
    }
  }
  if (gone.length > 0) inBackground(shift, () => lookAgain(shift, gone));
}

async function lookAgain(shift: Shift, records: readonly JobRecord[]): Promise<void> {
  const { clock, journal, results } = shift.world;
  if ((await clock.sleep(LIMITS.lookAgainMs, shift.ending.signal)) === 'aborted') return;
  const described = await describe(shift, records);
  if (described === undefined) return;
  for (const record of records) {
    if (described.has(taskOf(record) ?? '')) continue;
    journal.log('warn', 'ECS no longer knows a task', { job: record.key, task: taskOf(record) });
    await results.send({ kind: 'task-stopped', stopped: vanished(record, clock.now()) });
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
