// Takes jobs from Sourcegraph while there is room: in the limit, in the quota, in the window of jobs not yet launched.
//
// D1. Room is reserved before the dequeue, so that two dispatchers together never hold more than the limit.
// D2. A dequeued job is named in heartbeats from the moment of the answer on, before its record is written.
// D3. A job whose record cannot be written is given back: it is no longer named, and Sourcegraph resets it after 25 s.
import type { Job } from '#sourcegraph/job.ts';
import { jobKey, type JobKey } from '../keys.ts';
import { backoff, LIMITS } from '../limits.ts';
import type { DispatchOptions } from '../options.ts';
import type { JobRecord } from '../record.ts';
import { sizeOf } from '../size-rules.ts';
import { planTask } from '../step-containers.ts';
import { type HeldJob, type Reservation, StoreUnavailable, type Stored } from '../world.ts';
import { within } from '../within.ts';
import { actNow } from './act.ts';
import { isOver, type Polled, type Shift } from './shift.ts';

/** Dequeues at once, once the queue has shown that it is full. */
const PARALLEL_MAX = 8;
/** Without an accepted heartbeat for so long, more jobs would only be more losses. */
const HEARTBEAT_FRESH_MS = 15_000;
const STORE_TRIES = 5;
const POLL_BACKOFF = { baseMs: 1_000, capMs: 30_000 };

/** `unreadable`: records of which no more is known than that they are there. */
export function room(shift: Shift, records: readonly JobRecord[], unreadable: number): number {
  const { clock } = shift.world;
  const now = clock.now();
  const { limit, vcpuLimit, plan } = shift.options;
  const unlaunched = records.filter(({ state }) => state.kind === 'to-launch' || state.kind === 'launching').length;
  const recorded = new Set(records.map(({ key }) => key));
  const adopting = [...shift.adopting.keys()].filter((key) => !recorded.has(key)).length;
  const cpuUnits = records.reduce((sum, { size }) => sum + size.cpuUnits, unreadable * plan.size.cpuUnits);
  const vcpus = cpuUnits / 1024;
  const quota = vcpuLimit === undefined ? Infinity : Math.floor((vcpuLimit - vcpus) / (plan.size.cpuUnits / 1024));
  return Math.max(
    0,
    Math.min(
      limit - records.length - unreadable - adopting,
      quota - adopting,
      shift.admission.room(unlaunched + adopting, now),
    ),
  );
}

export async function poll(shift: Shift, records: readonly JobRecord[], unreadable: number): Promise<Polled> {
  const { world } = shift;
  const now = world.clock.now();
  const fresh = shift.heartbeatAnsweredAt !== undefined && now - shift.heartbeatAnsweredAt <= HEARTBEAT_FRESH_MS;
  if (shift.draining?.aborted === true || !fresh) return 'no-room';
  const wanted = room(shift, records, unreadable);
  if (wanted === 0) return 'no-room';
  return drain(shift, wanted);
}

async function drain(shift: Shift, wanted: number): Promise<Polled> {
  const { clock, random } = shift.world;
  let took = 0;
  let parallel = 1;
  let last: Polled = 'took';
  while (took < wanted && last === 'took' && !isOver(shift)) {
    const reservations = await takeRoom(shift, Math.min(parallel, wanted - took));
    const answers = await Promise.all(reservations.map((reservation) => dequeueOne(shift, reservation)));
    await giveBackRoom(
      shift,
      reservations.filter((_, index) => answers[index] !== 'took'),
    );
    took += answers.filter((answer) => answer === 'took').length;
    // Behind a job that cannot be read others wait: nobody else's job is late for it.
    const ended = answers.find((answer) => answer !== 'took' && answer !== 'unreadable');
    last = reservations.length === 0 ? 'no-room' : (ended ?? 'took');
    parallel = Math.min(PARALLEL_MAX, parallel * 2);
  }
  shift.pollFailures = last === 'failed' ? shift.pollFailures + 1 : 0;
  const failing = last === 'failed' ? backoff(shift.pollFailures, POLL_BACKOFF, random.fraction()) : 0;
  shift.pollAt = clock.now() + (last === 'took' ? 0 : shift.options.pollMs + failing);
  return took > 0 ? 'took' : last;
}

/**
 * Jobs at once, at most: the quota binds two dispatchers together as the limit does, so it bounds the room that is
 * reserved. With sizes by rule the smallest counts, since nobody knows which jobs will come.
 */
function slots({ limit, plan, sizeRules = [], vcpuLimit = Infinity }: DispatchOptions): number {
  const smallest = Math.min(plan.size.cpuUnits, ...sizeRules.map(({ size }) => size.cpuUnits));
  return Math.min(limit, Math.floor((vcpuLimit * 1024) / smallest));
}

/** One poll of an empty queue a second must not cost two writes a second, so the room for it is kept. */
async function takeRoom(shift: Shift, wanted: number): Promise<readonly Reservation[]> {
  const { world, options } = shift;
  const now = world.clock.now();
  const { spare } = shift;
  shift.spare = undefined;
  const kept = spare !== undefined && spare.until - now > LIMITS.reservationLeftMs ? [spare] : [];
  // Left to lapse, it would take up its place for most of a minute: with a limit of one job, the only one.
  if (spare !== undefined && kept.length === 0) await world.jobs.release(spare);
  const more = wanted - kept.length;
  const until = now + LIMITS.reservationMs;
  const made = more > 0 ? await world.jobs.reserve(more, slots(options), until, now) : [];
  return [...kept, ...made];
}

async function giveBackRoom(shift: Shift, reservations: readonly Reservation[]): Promise<void> {
  const { world } = shift;
  const [spare, ...rest] = reservations;
  if (spare !== undefined) shift.spare = spare;
  await Promise.all(rest.map((reservation) => world.jobs.release(reservation)));
}

/** At the end of the shift. */
export async function releaseSpare(shift: Shift): Promise<void> {
  const { spare } = shift;
  shift.spare = undefined;
  if (spare !== undefined) await shift.world.jobs.release(spare);
}

async function dequeueOne(shift: Shift, reservation: Reservation): Promise<Polled | 'unreadable'> {
  const { world } = shift;
  // Not given up when the shift ends: a job in an answer that nobody reads loses one of its three lives.
  const answer = await within(world.clock, LIMITS.callTimeoutMs, undefined, (signal) => world.instance.dequeue(signal));
  switch (answer.kind) {
    case 'dequeued':
      shift.troubles.works('dequeue', world.clock.now());
      world.journal.metric('JobsDequeued', 1);
      await adopt(shift, reservation, answer.queue, answer.job);
      return 'took';
    case 'empty':
      shift.troubles.works('dequeue', world.clock.now());
      world.journal.metric('QueueEmpty', 1);
      return 'empty';
    case 'unreadable-job':
      shift.troubles.works('dequeue', world.clock.now());
      world.journal.log('error', 'a job cannot be read', { error: answer.message });
      return 'unreadable';
    case 'unreachable':
    case 'refused':
      world.journal.metric('SourcegraphUnreachable', 1, { Call: 'dequeue' });
      shift.troubles.failed('dequeue', answer.message, world.clock.now());
      return 'failed';
  }
}

async function adopt(shift: Shift, reservation: Reservation, queue: string, job: Job): Promise<void> {
  const { world } = shift;
  const key = jobKey(queue, job.id, job.token ?? world.random.id());
  const held: HeldJob = { queue, jobId: job.id };
  shift.adopting.set(key, { job: held });
  let stored: Stored | undefined;
  try {
    await shift.standBy.assure();
    stored = await store(shift, reservation, newRecord(shift, key, queue, job), job);
  } finally {
    if (stored === undefined) shift.adopting.delete(key);
  }
  if (stored === undefined) return;
  shift.adopting.set(key, { job: held, storedAt: world.clock.now() });
  actNow(shift, stored);
}

async function store(shift: Shift, reservation: Reservation, record: JobRecord, job: Job): Promise<Stored | undefined> {
  const { world } = shift;
  // As long as it is named in heartbeats the job waits for its record, and giving it back would cost it a life.
  const mayWait = () => !isOver(shift) && world.clock.now() < reservation.until;
  for (let tried = 1; tried <= STORE_TRIES || mayWait(); tried++) {
    try {
      await world.payloads.saveJob(record.key, job);
      const created = await world.jobs.create(reservation, record);
      if (created === 'created') return { record, seen: 1 };
      if (created === 'exists') {
        const stored = await world.jobs.get(record.key);
        return stored === 'none' ? undefined : stored;
      }
      break;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      world.journal.metric('StoreFailures', 1);
      await world.clock.sleep(1_000, shift.ending.signal);
    }
  }
  world.journal.metric('JobsGivenBack', 1);
  world.journal.log('error', 'a dequeued job could not be stored and is given back', { job: record.key });
  return undefined;
}

function newRecord(shift: Shift, key: JobKey, queue: string, job: Job): JobRecord {
  const { options, world } = shift;
  const now = world.clock.now();
  const plan = planTask(job, options.plan);
  return {
    v: 1,
    key,
    queue,
    jobId: job.id,
    ...(job.token === undefined ? {} : { token: job.token }),
    dequeuedAt: now,
    attempt: 1,
    refusals: 0,
    losses: { infrastructure: 0, spot: 0 },
    strikes: 0,
    logEntries: 0,
    firstStepStarted: false,
    containers: plan.kind === 'plan' ? plan.definition.containers.map(({ name, image }) => ({ name, image })) : [],
    ...sizeOf(queue, job, options),
    linksRenewedAt: now,
    state: { kind: 'to-launch', since: now, notBefore: now },
  };
}
