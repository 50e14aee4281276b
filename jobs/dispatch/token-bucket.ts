// Calls at a bounded rate, on a given clock: AWS's own limits are such buckets.
import type { TokenRate } from '../options.ts';
import type { Millis } from '../world.ts';

export class TokenBucket {
  private readonly rate: TokenRate;
  private tokens: number;
  private filledAt: Millis;

  constructor(rate: TokenRate, now: Millis) {
    this.rate = rate;
    this.tokens = rate.burst;
    this.filledAt = now;
  }

  available(now: Millis): number {
    this.fill(now);
    return Math.floor(this.tokens);
  }

  take(now: Millis): boolean {
    this.fill(now);
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Somebody else drew from the same account: wait for a fresh token. */
  drain(now: Millis): void {
    this.fill(now);
    this.tokens = 0;
  }

  private fill(now: Millis): void {
    const elapsed = Math.max(0, now - this.filledAt);
    this.tokens = Math.min(this.rate.burst, this.tokens + (elapsed / 1000) * this.rate.perSecond);
    this.filledAt = now;
  }
}
