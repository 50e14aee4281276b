// Time and chance for tests of what waits: a sleep takes no time, only the clock moves.
import type { Clock, Random } from '#sourcegraph/retry.ts';

export interface VirtualClock extends Clock {
  readonly sleeps: number[];
}

export function virtualClock(startAt = 1_000_000): VirtualClock {
  let now = startAt;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => now,
    sleep: (ms, signal) => {
      if (signal?.aborted === true) return Promise.resolve('aborted');
      sleeps.push(ms);
      now += ms;
      return Promise.resolve('slept');
    },
  };
}

export const always = (fraction: number): Random => ({ fraction: () => fraction });
