// One invocation of the dispatcher, from its arrival to its end: stand by, hold the lease and work, hand over. In AWS a
// schedule starts one a minute; on one machine there is a single one that goes on.
import { LIMITS } from '../limits.ts';
import type { DispatchOptions } from '../options.ts';
import { within } from '../within.ts';
import { type Millis, type Role, StoreUnavailable, type World } from '../world.ts';
import { heartbeatLoop, lastHeartbeat } from './heartbeat.ts';
import { releaseSpare } from './dequeue.ts';
import { noteFailure, startRound } from './rounds.ts';
import { isOver, type Shift, startShift } from './shift.ts';
import { tick } from './tick.ts';

export interface InvocationOptions {
  /** Names this invocation in the lease; unique. */
  readonly id: string;
  /** It begins to leave then: half a minute before the Lambda's time-out, because dequeues are waited for; or Infinity. */
  readonly until: Millis;
  /** With nothing in flight and an empty queue: end, or go on polling. */
  readonly whenIdle: 'return' | 'poll';
  /** Whether others follow each minute, so that holding the lease alone for long is worth an alarm. */
  readonly expectsStandBy: boolean;
  /**
   * Started by another dispatcher to stand by, and not to look for jobs: when the lease falls to it and no job is in
   * flight it goes home as told by `whenIdle`, without a poll. @default false
   */
  readonly startedToStandBy?: boolean;
  /** Aborted: no more dequeues; ends when nothing is in flight. */
  readonly drain?: AbortSignal;
  /** Aborted: ends at once; Sourcegraph gives the jobs to others when their heartbeats stay away. */
  readonly abort?: AbortSignal;
}

export type InvocationEnd =
  /** Nothing in flight, nothing queued. */
  | { readonly kind: 'idle' }
  /** Drained as asked. */
  | { readonly kind: 'drained' }
  /** Another one works. */
  | { readonly kind: 'left' }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'aborted' }
  /** It could not do its work; a scheduled invocation must then fail visibly. */
  | { readonly kind: 'failed'; readonly message: string };

/** Work under way gets so long at the end: a dequeue above all. What else is cut off is found in the records. */
const SETTLE_MS = LIMITS.callTimeoutMs + 2_000;
/** Others come each minute: by then two of them should have. */
const STAND_BY_LATE_MS = 150_000;

export async function runInvocation(
  world: World,
  options: DispatchOptions,
  invocation: InvocationOptions,
): Promise<InvocationEnd> {
  const arrived = await arrive(world, invocation);
  if (arrived.kind !== 'holder') return arrived.end;
  return hold(world, options, invocation);
}

type Arrived = { readonly kind: 'holder' } | { readonly kind: 'ended'; readonly end: InvocationEnd };
const ended = (end: InvocationEnd): Arrived => ({ kind: 'ended', end });

/** Waits as stand-by until the lease falls to us. */
async function arrive(world: World, invocation: InvocationOptions): Promise<Arrived> {
  const { clock } = world;
  let trouble: string | undefined;
  let ready = false;
  let waited = false;
  let role: Role | undefined;
  while (clock.now() < invocation.until) {
    if (invocation.abort?.aborted === true) return ended({ kind: 'aborted' });
    if (invocation.drain?.aborted === true && role !== undefined) return ended({ kind: 'drained' });
    try {
      role =
        role === undefined
          ? await world.lease.arrive(invocation.id, LIMITS.leaseMs, clock.now())
          : await world.lease.renew(invocation.id, LIMITS.leaseMs, ready, clock.now());
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      world.journal.metric('StoreFailures', 1);
      trouble = error.message;
      await clock.sleep(LIMITS.tickMs, invocation.abort);
      continue;
    }
    if (role === 'leave') return ended(trouble === undefined ? { kind: 'left' } : { kind: 'failed', message: trouble });
    if (role === 'holder') {
      if (waited) world.journal.metric('Takeovers', 1);
      return { kind: 'holder' };
    }
    waited = true;
    if (!ready) {
      const answer = await authenticate(world, invocation);
      ready = answer === undefined;
      trouble = answer;
    }
    await clock.sleep(LIMITS.tickMs, invocation.abort);
  }
  return ended(trouble === undefined ? { kind: 'timed-out' } : { kind: 'failed', message: trouble });
}

/** Why the instance would not have us; undefined when it would. Short, because the lease is not renewed meanwhile. */
async function authenticate(world: World, invocation: InvocationOptions): Promise<string | undefined> {
  const answer = await within(world.clock, LIMITS.leaseMs / 2, invocation.abort, (signal) =>
    world.instance.authenticate(signal),
  );
  return answer === 'ok' ? undefined : answer.message;
}

async function hold(world: World, options: DispatchOptions, invocation: InvocationOptions): Promise<InvocationEnd> {
  const ending = new AbortController();
  const abort = () => ending.abort();
  invocation.abort?.addEventListener('abort', abort);
  if (invocation.abort?.aborted === true) ending.abort();
  const { expectsStandBy, startedToStandBy = false, until } = invocation;
  const plan = expectsStandBy ? { startedToStandBy, until } : undefined;
  const shift = startShift(world, options, ending, invocation.drain, plan);
  // A job that it took would be its own alone, because nobody was started to stand by for it.
  if (startedToStandBy) shift.polled = 'empty';
  world.journal.log('info', 'holds the lease', { invocation: invocation.id });
  const result: { end: InvocationEnd } = { end: { kind: 'aborted' } };
  const finish = (why: InvocationEnd) => {
    if (isOver(shift)) return;
    result.end = why;
    ending.abort();
  };
  const loops = [heartbeatLoop(shift), leaseLoop(shift, invocation, finish), tickLoop(shift, invocation, finish)];
  try {
    await Promise.all(loops);
  } finally {
    ending.abort();
    invocation.abort?.removeEventListener('abort', abort);
  }
  const { end } = result;
  if (end.kind === 'left' || end.kind === 'timed-out') await lastHeartbeat(shift);
  if (end.kind !== 'aborted') await settle(shift);
  await stepDown(shift, invocation, end.kind === 'left');
  const trouble = shift.troubles.summary;
  const peaceful = end.kind === 'aborted' || trouble === '';
  return peaceful ? end : { kind: 'failed', message: trouble };
}

async function leaseLoop(
  shift: Shift,
  invocation: InvocationOptions,
  finish: (end: InvocationEnd) => void,
): Promise<void> {
  const { world } = shift;
  const since = world.clock.now();
  while (!isOver(shift)) {
    const now = world.clock.now();
    try {
      if ((await world.lease.renew(invocation.id, LIMITS.leaseMs, true, now)) === 'leave') finish({ kind: 'left' });
      shift.troubles.works('lease', now);
    } catch (error) {
      // Whoever cannot read the lease goes on: two holders do no harm, none does.
      if (!(error instanceof StoreUnavailable)) throw error;
      shift.troubles.failed('lease', `the lease: ${error.message}`, now);
    }
    if (now >= invocation.until) finish({ kind: 'timed-out' });
    if (invocation.expectsStandBy && now - since > STAND_BY_LATE_MS) world.journal.metric('NoStandBy', 1);
    // Jobs that a predecessor has left, and the end of this one's own time.
    if (shift.held.size > 0) startRound(shift, () => shift.standBy.assure());
    await world.clock.sleep(LIMITS.tickMs, shift.ending.signal);
  }
}

async function tickLoop(
  shift: Shift,
  invocation: InvocationOptions,
  finish: (end: InvocationEnd) => void,
): Promise<void> {
  const { world } = shift;
  while (!isOver(shift)) {
    try {
      const ticked = await tick(shift, invocation.whenIdle);
      shift.troubles.works('tick', world.clock.now());
      if (ticked === 'drained') finish({ kind: 'drained' });
      if (ticked === 'idle' && invocation.whenIdle === 'return') finish({ kind: 'idle' });
    } catch (error) {
      noteFailure(shift, error);
    }
    await world.clock.sleep(Math.min(LIMITS.tickMs, shift.options.pollMs), shift.ending.signal);
  }
}

async function settle(shift: Shift): Promise<void> {
  const { clock } = shift.world;
  const done = new AbortController();
  const all = Promise.all(shift.underWay).then(() => done.abort());
  await Promise.race([all, clock.sleep(SETTLE_MS, done.signal)]);
}

async function stepDown(shift: Shift, invocation: InvocationOptions, left: boolean): Promise<void> {
  try {
    await releaseSpare(shift);
    if (left) return;
    await shift.world.lease.leave(invocation.id);
  } catch (error) {
    // Both lapse by themselves.
    if (!(error instanceof StoreUnavailable)) throw error;
    noteFailure(shift, error);
  }
}
