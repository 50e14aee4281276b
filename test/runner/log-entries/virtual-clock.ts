// A clock that stands still until a test moves it; sleepers wake in the order of their times.
import type { Clock } from '#jobs/world.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export class VirtualClock implements Clock {
  #now = 1_000_000;
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<'slept' | 'aborted'> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve('aborted');
        return;
      }
      const sleeper = { at: this.#now + ms, wake: () => resolve('slept') };
      this.#sleepers.push(sleeper);
      signal?.addEventListener(
        'abort',
        () => {
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          resolve('aborted');
        },
        { once: true },
      );
    });
  }

  /** Moves time on by `ms`, from sleeper to sleeper; after each, everything that it set off runs to its end. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (;;) {
      const next = this.#sleepers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.wake();
      await settle();
    }
    this.#now = until;
  }
}

/** Lets everything run that waits for nothing but other promises. */
async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}
