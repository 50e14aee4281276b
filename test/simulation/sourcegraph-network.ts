// The way to Sourcegraph and back, the same for dispatchers, completion and step-runners: what becomes of one call.
import type { Millis } from '#jobs/world.ts';
import type { Faults } from './faults.ts';
import type { Fate } from './incarnation.ts';
import type { Kernel } from './kernel.ts';

export interface CallWeather {
  readonly fate: Fate;
  readonly latency: readonly [low: Millis, high: Millis];
  /** Until a lost call is given up; Infinity where the instance holds the connection open. */
  readonly timeout: Millis;
}

const LATENCY = [10, 120] as const;
const SLOW = [1_000, 9_000] as const;
/** Longer than the slowest answer: who gives up then may be sure that nothing more comes of the request. */
const TIMEOUT: Millis = 10_000;

export class SourcegraphNetwork {
  private readonly kernel: Kernel;
  private readonly faults: Faults;
  /** No answer at all until then. */
  private awayUntil: Millis = 0;
  /** Connections are refused until then. */
  private downUntil: Millis = 0;
  private rotatedUntil: Millis = 0;

  constructor(kernel: Kernel, faults: Faults) {
    this.kernel = kernel;
    this.faults = faults;
  }

  goAway(ms: Millis): void {
    this.awayUntil = this.kernel.now + ms;
  }

  restart(ms: Millis): void {
    this.downUntil = this.kernel.now + ms;
  }

  rotateToken(ms: Millis): void {
    this.rotatedUntil = this.kernel.now + ms;
  }

  /** The executor's own token is no good at this time. */
  get tokenIsOld(): boolean {
    return this.kernel.now < this.rotatedUntil && !this.faults.over;
  }

  draw(): CallWeather {
    const { faults, kernel } = this;
    const latency = faults.strikes('sourcegraph-slow') ? SLOW : LATENCY;
    const weather = (fate: Fate, timeout = TIMEOUT): CallWeather => ({ fate, latency, timeout });
    if (!faults.over && kernel.now < this.downUntil) return { fate: 'refused', latency: [0, 5], timeout: TIMEOUT };
    if (!faults.over && kernel.now < this.awayUntil) return weather('lost-request');
    if (faults.strikes('sourcegraph-lost-request')) return weather('lost-request');
    if (faults.strikes('sourcegraph-error')) return weather('refused');
    if (faults.strikes('sourcegraph-hang'))
      return weather(kernel.chance(0.5) ? 'lost-request' : 'lost-answer', Infinity);
    if (faults.strikes('sourcegraph-lost-answer')) return weather('lost-answer');
    return weather(faults.strikes('sourcegraph-half-answer') ? 'half-answer' : 'ok');
  }
}
