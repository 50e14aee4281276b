// Calls at a bounded rate, on a given clock: AWS's own limits are such buckets. The bound may turn out to be lower than
// was thought, or others may draw from the same account: a throttle slows the bucket down, and it recovers by and by.
import type { TokenRate } from '../options.ts';
import type { Millis } from '../world.ts';

/** What a throttle leaves of the pace; never less than the least. */
const SLOWED = 0.7;
const LEAST_SHARE = 0.02;
/** Share of the full pace that comes back in a second. */
const RECOVERY_PER_SECOND = 0.01;
/** Throttles of calls that were under way together are one. */
const ONE_THROTTLE_MS = 1_000;

export class TokenBucket {
  private readonly rate: TokenRate;
  private tokens: number;
  private filledAt: Millis;
  /** Of the full pace, at least the least and at most 1. */
  private share = 1;
  private throttledAt: Millis | undefined;

  constructor(rate: TokenRate, now: Millis) {
    this.rate = rate;
    this.tokens = rate.burst;
    this.filledAt = now;
  }

  take(now: Millis): boolean {
    this.fill(now);
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /**
   * A token of the near future: how long to wait for it, or undefined when it is further away than `patienceMs`. Callers
   * that wait come one after the other, at the bucket's pace.
   */
  takeSoon(now: Millis, patienceMs: Millis): Millis | undefined {
    this.fill(now);
    const waitMs = Math.max(0, ((1 - this.tokens) / (this.rate.perSecond * this.share)) * 1000);
    if (waitMs > patienceMs) return undefined;
    this.tokens -= 1;
    return Math.ceil(waitMs);
  }

  /** AWS refused a call for its rate: wait for a fresh token, and go slower for a while. */
  throttled(now: Millis): void {
    this.fill(now);
    this.tokens = Math.min(0, this.tokens);
    if (this.throttledAt !== undefined && now - this.throttledAt < ONE_THROTTLE_MS) return;
    this.throttledAt = now;
    this.share = Math.max(LEAST_SHARE, this.share * SLOWED);
  }

  private fill(now: Millis): void {
    const seconds = Math.max(0, now - this.filledAt) / 1000;
    this.share = Math.min(1, this.share + seconds * RECOVERY_PER_SECOND);
    this.tokens = Math.min(this.rate.burst, this.tokens + seconds * this.rate.perSecond * this.share);
    this.filledAt = now;
  }
}
