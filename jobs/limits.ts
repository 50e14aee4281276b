// Every number that the life of a job depends on, and the relations between them, checked at load: one that is changed
// alone must fail at once, not at three in the morning.
import type { Millis } from './world.ts';

export interface Backoff {
  readonly baseMs: Millis;
  readonly capMs: Millis;
}

export const LIMITS = {
  /** Sourcegraph gives a job to others after so long without a heartbeat (fixed in the instance). */
  stallMs: 25_000,
  /** The reference's cadence. */
  heartbeatMs: 5_000,
  /** What we promise under any single fault. */
  heartbeatGapMaxMs: 15_000,
  /** A heartbeat without an answer is given up after so long; the next is sent meanwhile. */
  heartbeatTimeoutMs: 12_000,
  /** The dispatcher's pace. */
  tickMs: 1_000,
  /** A dispatcher that has not renewed its lease for so long is dead. */
  leaseMs: 7_000,
  /** A holder that is alone asks for a stand-by at this pace, and once more when it has only so long left. */
  standByPaceMs: 90_000,
  /** A first job waits for that at most. */
  standByCallMs: 2_000,
  /** From dequeue or relaunch to a running task. */
  launchMs: 15 * 60_000,
  /** The dispatcher's grace after the run time limit, which the runner keeps itself. */
  deadlineGraceMs: 60_000,
  /** How long a runner waits at its end for a Sourcegraph that does not answer: an upgrade of the instance takes minutes. */
  logPatienceMs: 30 * 60_000,
  /** From a StopTask that ECS took to STOPPED: stop time-outs of 2 and 120 s, ECS's own half minute, and room. */
  stopMs: 5 * 60_000,
  /** StopTask is repeated at this pace until STOPPED. */
  restopMs: 20_000,
  /** A launch without an answer is sent again after so long. */
  resendMs: 2_000,
  /** Older requests are not sent again without looking for their task first: the token may have been forgotten. */
  resendAgeMaxMs: 15 * 60_000,
  /** The longest time in which ECS may not yet show a task that it has accepted. */
  visibilityMs: 5 * 60_000,
  /** Presigned URLs die with the session that signed them, in an hour at the earliest. */
  renewLinksMs: 20 * 60_000,
  /** Reserved room lapses after so long, and is used for a new dequeue only this long before that. */
  reservationMs: 60_000,
  reservationLeftMs: 40_000,
  /** Calls to Sourcegraph other than heartbeats. */
  callTimeoutMs: 20_000,
  /** How often tasks are compared with records: while something starts, and else. */
  reconcileFastMs: 5_000,
  reconcileMs: 30_000,
  /** Of thousands of tasks it takes dozens of calls, at a rate that is the whole account's: then less often. */
  reconcileMsPerJob: 10,
  /** A task that ECS lacks is looked for once more after so long, before it counts as gone. */
  lookAgainMs: 20_000,
  /** A task without a record is most often just ending by itself. Short of a minute, after which another holds the lease. */
  orphanGraceMs: 40_000,
  /** A dispatcher that has nothing else to do waits so long for orphans, and then leaves them to the next one. */
  sweepStayMs: 60_000,
  /** Between two task definitions that are taken away; registrations share their rate of one a second. */
  retireMs: 10_000,
  /** A finished job's mark is asked for again after so long, should the message be lost. */
  askMarkMs: 10_000,
  /** A mark that is refused so often is given up. With the pace of `askMarkMs` that takes minutes: proxies get mended. */
  markRefusals: 12,
  /** Characters that are left of a message that Sourcegraph, or a proxy before it, finds too large. */
  shortMessage: 2_000,
  strikes: 3,
  /** After so many Spot losses a job is launched on demand. */
  spotLosses: 2,
  /** Waiting longer than this is told in the job's log. */
  waitingEntryMs: 15_000,
  /** A launched task that does not run after so long is told as well: Fargate often needs half of it. */
  startingEntryMs: 60_000,
  relaunchBackoff: { baseMs: 2_000, capMs: 60_000 },
  capacityBackoff: { baseMs: 5_000, capMs: 60_000 },
  throttleBackoff: { baseMs: 500, capMs: 8_000 },
  markBackoff: { baseMs: 1_000, capMs: 30_000 },
} as const satisfies Record<string, number | Backoff>;

/** Full jitter: anywhere between nothing and the doubled base, so that a thousand losers do not come back together. */
export function backoff(tries: number, { baseMs, capMs }: Backoff, fraction: number): Millis {
  return Math.round(fraction * Math.min(capMs, baseMs * 2 ** Math.min(tries, 20)));
}

/** Between half the delay and all of it: never at once, never all together. */
export const jittered = (ms: Millis, fraction: number): Millis => Math.round(ms * (0.5 + fraction / 2));

function holds(relation: boolean, sentence: string): void {
  if (!relation) throw new Error(`jobs/limits.ts: ${sentence}`);
}

const L: Record<Exclude<keyof typeof LIMITS, `${string}Backoff`>, number> = LIMITS;
holds(L.heartbeatGapMaxMs < L.stallMs, 'the promised heartbeat gap must end before Sourcegraph gives jobs away');
holds(
  L.heartbeatMs + L.leaseMs + 2 * L.tickMs <= L.heartbeatGapMaxMs,
  'a stand-by that waits for the lease must still send its first heartbeat in time',
);
holds(L.tickMs * 4 <= L.leaseMs, 'a holder must be able to miss renewals and live');
holds(L.visibilityMs < L.resendAgeMaxMs, 'a task looked for before a resend must be visible by then');
holds(L.launchMs <= L.resendAgeMaxMs, 'a launch must be overdue before its request is too old to be sent again');
holds(L.callTimeoutMs < L.reservationLeftMs, 'a dequeue must end before its room lapses');
holds(L.orphanGraceMs + L.reconcileFastMs < L.sweepStayMs, 'an orphan must be due before its dispatcher goes home');
holds(L.restopMs < L.stopMs, 'a stop must be repeated before it is overdue');
