// `-timeout` of `src batch exec`, over all steps of a job together.
import type { Clock } from '#jobs/world.ts';

/** A JavaScript timer's longest wait, 24 days; a job's own limit comes long before. */
const WAIT_MAX_MS = 2 ** 31 - 1;

export class Deadline {
  /** Aborted when the time is up or the job has to end. */
  readonly signal: AbortSignal;
  readonly #timer = new AbortController();
  readonly #expired = new AbortController();

  constructor(clock: Clock, signal: AbortSignal, nanos: bigint) {
    this.signal = AbortSignal.any([signal, this.#expired.signal]);
    const milliseconds = Math.min(Math.max(Number(nanos / 1_000_000n), 0), WAIT_MAX_MS);
    void clock.sleep(milliseconds, this.#timer.signal).then((waited) => {
      if (waited === 'slept') this.#expired.abort();
    });
  }

  get isOver(): boolean {
    return this.#expired.signal.aborted;
  }

  /** Stops the clock; returns whether the time was up before. */
  end(): boolean {
    this.#timer.abort();
    return this.isOver;
  }
}
