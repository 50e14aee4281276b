// One round of a dispatcher's work: read all records, start what is due for each, take new jobs, compare with ECS.
// Nothing here waits for one job.
import { LIMITS } from '../limits.ts';
import { isHeartbeated, type JobRecord } from '../record.ts';
import { applyEvent } from '../apply-event.ts';
import type { JobStore, Millis, Stored } from '../world.ts';
import { actNow } from './act.ts';
import { poll } from './dequeue.ts';
import { heldNames } from './held-names.ts';
import { inBackground, startPerJob } from './per-job.ts';
import { reconcile } from './reconcile.ts';
import { retireDefinitions } from './retire-definitions.ts';
import { noteFailure, startRound } from './rounds.ts';
import { isOver, type Shift } from './shift.ts';
import { dueOrphans, maySweep, stopOrphans } from './sweep.ts';

const GAUGES_MS = 10_000;

/**
 * `idle`: no job in flight, Sourcegraph has none for us, and no orphan is waited for. `drained`: none in flight, and none is
 * wanted.
 */
export type Ticked = 'busy' | 'idle' | 'drained';

/** `whenIdle` as the invocation has it: one that goes home asks for no more jobs, lest it take one along. */
export async function tick(shift: Shift, whenIdle: 'return' | 'poll'): Promise<Ticked> {
  const { world } = shift;
  const readAt = world.clock.now();
  const mayPoll = shift.polled !== 'under-way';
  const read = await world.jobs.inFlight();
  if (isOver(shift)) return 'busy';
  const { records, unreadable } = read;
  shift.held = heldNames(read);
  shift.named.abort('all records are read');
  for (const [key, { storedAt }] of shift.adopting) {
    if (storedAt !== undefined && storedAt < readAt) shift.adopting.delete(key);
  }
  if (unreadable.length > 0) world.journal.metric('UnreadableRecords', unreadable.length);
  forgetDone(shift, records);
  supersede(shift, records);
  for (const stored of records) actNow(shift, stored);
  if (!records.some(({ record }) => record.state.kind === 'stopping')) shift.troubles.isMoot('stops');
  if (shift.orphans.size === 0) shift.troubles.isMoot('sweeps');
  startReconcile(shift, records);
  startSweep(shift, read, readAt);
  gauges(shift, records);
  const now = standing(shift, records.length + unreadable.length);
  if (now === 'idle') retireDefinitions(shift);
  const goesHome = now === 'drained' || (now === 'idle' && whenIdle === 'return');
  // A poll that ended during the read may have written records that this read lacks.
  if (mayPoll && !goesHome) startPoll(shift, records, unreadable.length);
  if (now !== 'idle') {
    shift.idleSince = undefined;
    return now;
  }
  const idleAt = world.clock.now();
  shift.idleSince ??= idleAt;
  if (!maySweep(shift, shift.idleSince)) return 'idle';
  // An orphan that ends by itself is soon seen to have ended.
  if (shift.orphans.size > 0) shift.reconcileAt = Math.min(shift.reconcileAt, idleAt + LIMITS.reconcileFastMs);
  return 'busy';
}

function standing(shift: Shift, inFlight: number): Ticked {
  const { polled } = shift;
  if (inFlight > 0 || shift.adopting.size > 0 || polled === 'under-way') return 'busy';
  if (shift.draining?.aborted === true) return 'drained';
  return polled === 'empty' ? 'idle' : 'busy';
}

function startPoll(shift: Shift, records: readonly Stored[], unreadable: number): void {
  if (shift.world.clock.now() < shift.pollAt) return;
  shift.polled = 'under-way';
  inBackground(shift, async () => {
    try {
      shift.polled = await poll(
        shift,
        records.map(({ record }) => record),
        unreadable,
      );
    } catch (error) {
      shift.polled = 'failed';
      noteFailure(shift, error);
    }
  });
}

function forgetDone(shift: Shift, records: readonly Stored[]): void {
  if (shift.askedToMark.size === 0 && shift.taskless.size === 0) return;
  const there = new Set(records.map(({ record }) => record.key));
  for (const key of shift.askedToMark.keys()) if (!there.has(key)) shift.askedToMark.delete(key);
  for (const key of shift.taskless.keys()) if (!there.has(key)) shift.taskless.delete(key);
}

/** Of two dequeues of one job only the later one is Sourcegraph's: the other's token is dead, and its task a waste. */
function supersede(shift: Shift, records: readonly Stored[]): void {
  const newest = new Map<string, JobRecord>();
  for (const { record } of records) {
    const name = `${record.jobId}-${record.queue}`;
    const other = newest.get(name);
    newest.set(name, other === undefined || other.dequeuedAt < record.dequeuedAt ? record : other);
  }
  if (newest.size === records.length) return;
  for (const { record } of records) {
    const isNewest = newest.get(`${record.jobId}-${record.queue}`) === record;
    // One that is already given up is left to its own effect: it is being stopped.
    if (isNewest || !isHeartbeated(record)) continue;
    startPerJob(shift, record.key, async () => {
      const why = 'Sourcegraph gave the job out anew';
      await applyEvent(shift.world, shift.options, record.key, { kind: 'not-ours', why });
    });
  }
}

function startReconcile(shift: Shift, records: readonly Stored[]): void {
  const now = shift.world.clock.now();
  if (shift.reconciling || now < shift.reconcileAt) return;
  const pace = records.some(isLookedFor) ? LIMITS.reconcileFastMs : LIMITS.reconcileMs;
  shift.reconcileAt = now + Math.max(pace, records.length * LIMITS.reconcileMsPerJob);
  shift.reconciling = true;
  startRound(shift, async () => {
    try {
      await reconcile(shift, records);
    } finally {
      shift.reconciling = false;
      shift.hasLooked = true;
    }
  });
}

/** What ECS says next may move it on. */
function isLookedFor({ record: { state } }: Stored): boolean {
  if (state.kind === 'launching') return state.lookingSince !== undefined;
  return state.kind === 'starting' || state.kind === 'stopping';
}

function startSweep(shift: Shift, read: Awaited<ReturnType<JobStore['inFlight']>>, readAt: Millis): void {
  if (shift.sweeping) return;
  const due = dueOrphans(shift, read, readAt);
  if (due.length === 0) return;
  shift.sweeping = true;
  startRound(shift, async () => {
    try {
      await stopOrphans(shift, due);
    } finally {
      shift.sweeping = false;
    }
  });
}

function gauges(shift: Shift, records: readonly Stored[]): void {
  const { world, options } = shift;
  const now = world.clock.now();
  if (now < shift.gaugesAt) return;
  shift.gaugesAt = now + GAUGES_MS;
  const count = (...kinds: readonly JobRecord['state']['kind'][]) =>
    records.filter(({ record }) => kinds.includes(record.state.kind)).length;
  const { journal } = world;
  journal.metric('JobsInFlight', records.length);
  journal.metric('JobsWaiting', count('to-launch', 'launching', 'starting'));
  journal.metric('JobsRunning', count('running'));
  journal.metric('MarksPending', count('finished'));
  journal.metric('JobLimit', options.limit);
  journal.metric('AdmissionWindow', shift.admission.width(now));
  const launched = records.filter(({ record }) => ['starting', 'running', 'stopping'].includes(record.state.kind));
  journal.metric('VcpuUsed', launched.reduce((sum, { record }) => sum + record.size.cpuUnits, 0) / 1024);
  if (options.vcpuLimit !== undefined) journal.metric('VcpuLimit', options.vcpuLimit);
}
