// How many jobs may be dequeued whose task AWS has not accepted yet. Giving a job back costs it one of three lives, so a
// dispatcher that hoards does harm: the window starts small, grows with each accepted launch, and shuts on a refusal.
import type { Millis } from '../world.ts';

const START = 5;
const MAX = 50;
/** A shut window opens for one job after so long, lest nothing ever tries again. */
const REOPEN_MS = 60_000;

export class AdmissionWindow {
  private size = START;
  private shutAt: Millis | undefined;

  /** A launch was accepted. */
  grow(): void {
    this.size = this.shutAt === undefined ? Math.min(MAX, this.size + 1) : START;
    this.shutAt = undefined;
  }

  /** Capacity or quota was refused. */
  shut(now: Millis): void {
    this.shutAt = now;
  }

  /** `waiting`: jobs dequeued and not accepted by AWS yet. */
  room(waiting: number, now: Millis): number {
    return Math.max(0, this.width(now) - waiting);
  }

  width(now: Millis): number {
    if (this.shutAt === undefined) return this.size;
    return now - this.shutAt >= REOPEN_MS ? 1 : 0;
  }
}
