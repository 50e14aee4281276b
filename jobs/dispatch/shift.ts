// What one dispatcher holds in memory while it has the lease. All of it may be lost at any moment: what must survive is
// in the records.
import type { JobKey } from '../keys.ts';
import type { DispatchOptions, TokenRate } from '../options.ts';
import type { DefineAnswer, HeldJob, Millis, Reservation, World } from '../world.ts';
import { AdmissionWindow } from './admission-window.ts';
import { StandBy, type StandByPlan } from './stand-by.ts';
import type { Orphan } from './sweep.ts';
import { TokenBucket } from './token-bucket.ts';
import { Troubles } from './troubles.ts';

/**
 * StopTask. AWS allows a burst of 100 and 40 a second to RunTask and StopTask together, and Fargate launches 20 a second
 * (ECS Developer Guide, "Request throttling"). So the tasks of 260 jobs that are cancelled at once are stopped in 10 seconds.
 */
const STOP_RATE: TokenRate = { burst: 60, perSecond: 20 };

export interface Shift {
  readonly world: World;
  readonly options: DispatchOptions;
  /** Aborted when the shift ends: loops stop, calls under way are given up. */
  readonly ending: AbortController;
  /** No more dequeues. */
  readonly draining: AbortSignal | undefined;
  /** Named in every heartbeat, together with `adopting`: the records last read. */
  held: ReadonlyMap<JobKey, HeldJob>;
  /** Aborted when all records have been read for the first time: only then are names known. */
  readonly named: AbortController;
  /** Dequeued, and not surely among the records last read: being written, or written (`storedAt`) since then. */
  readonly adopting: Map<JobKey, { readonly job: HeldJob; readonly storedAt?: Millis }>;
  /** Room kept from one poll of an empty queue to the next. */
  spare: Reservation | undefined;
  readonly standBy: StandBy;
  readonly admission: AdmissionWindow;
  readonly launches: TokenBucket;
  readonly stops: TokenBucket;
  /** Jobs with work under way: one piece at a time. */
  readonly busy: Set<JobKey>;
  /** Work that no loop waits for. */
  readonly underWay: Set<Promise<void>>;
  /** Definitions being registered: parallel registrations of one family fail. */
  readonly defining: Map<string, Promise<DefineAnswer>>;
  /** Client tokens of requests that surely made no task: not sent yet, or each send was answered so. */
  readonly taskless: Map<JobKey, string>;
  readonly askedToMark: Map<JobKey, { readonly at: Millis; readonly times: number }>;
  /** Jobs whose task ECS showed as not running yet, when it was last asked. */
  pending: ReadonlySet<JobKey>;
  /** Tasks that no record stands behind, as far as was seen. */
  readonly orphans: Map<string, Orphan>;
  sweeping: boolean;
  /** One that is left at the end makes the whole invocation look failed, as it should. */
  readonly troubles: Troubles;
  heartbeatSentAt: Millis | undefined;
  heartbeatAnsweredAt: Millis | undefined;
  /** `under-way`, or how the last poll ended. */
  polled: Polled | 'under-way' | undefined;
  pollAt: Millis;
  pollFailures: number;
  reconcileAt: Millis;
  reconciling: boolean;
  /** Whether a first look at the tasks has ended, well or not. */
  hasLooked: boolean;
  /** Each look since then was throttled. */
  looksThrottledSince: Millis | undefined;
  /** Tasks that ECS lacked and that are asked for once more. */
  readonly lookingAgain: Set<string>;
  /** What ECS said then is in the records or, of ended tasks, in the queue to completion; undefined: there was no such look. */
  lookedAt: Millis | undefined;
  /** There has been nothing to do since then, but for orphans. */
  idleSince: Millis | undefined;
  gaugesAt: Millis;
  retireAt: Millis;
}

export function startShift(
  world: World,
  options: DispatchOptions,
  ending: AbortController,
  draining: AbortSignal | undefined,
  standBy?: StandByPlan,
): Shift {
  const now = world.clock.now();
  return {
    world,
    options,
    ending,
    draining,
    held: new Map(),
    named: new AbortController(),
    adopting: new Map(),
    spare: undefined,
    standBy: new StandBy(world, standBy),
    admission: new AdmissionWindow(),
    launches: new TokenBucket(options.launchRate, now),
    stops: new TokenBucket(STOP_RATE, now),
    busy: new Set(),
    underWay: new Set(),
    defining: new Map(),
    taskless: new Map(),
    askedToMark: new Map(),
    pending: new Set(),
    orphans: new Map(),
    sweeping: false,
    troubles: new Troubles(world.journal),
    heartbeatSentAt: undefined,
    heartbeatAnsweredAt: undefined,
    polled: undefined,
    pollAt: now,
    pollFailures: 0,
    reconcileAt: now,
    reconciling: false,
    hasLooked: false,
    looksThrottledSince: undefined,
    lookingAgain: new Set(),
    lookedAt: undefined,
    idleSince: undefined,
    gaugesAt: now,
    retireAt: now,
  };
}

export const isOver = (shift: Shift): boolean => shift.ending.signal.aborted;

/** How asking Sourcegraph for jobs ended. `empty`: it has none for us. `no-room`: it was not asked. */
export type Polled = 'empty' | 'took' | 'no-room' | 'failed';
