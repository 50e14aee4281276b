// EXECUTOR_NUM_TOTAL_JOBS and EXECUTOR_MAX_ACTIVE_TIME: after so many jobs, or so long, the program takes no more, so that
// whatever supervises it can start a fresh one.
import type { Instance } from '#jobs/world.ts';

export interface LifeLimits {
  /** 0: no limit. */
  readonly totalJobs: number;
  /** Milliseconds; 0: no limit. */
  readonly activeMs: number;
}

export interface LimitedLife {
  readonly instance: Instance;
  onOver(listener: () => void): void;
  close(): void;
}

export function limitLife(instance: Instance, limits: LifeLimits): LimitedLife {
  let taken = 0;
  let listener: () => void = () => undefined;
  // setTimeout counts at most 2^31 - 1 ms, some 24 days.
  const timer =
    limits.activeMs > 0 ? setTimeout(() => listener(), Math.min(limits.activeMs, 2_147_483_647)) : undefined;
  return {
    instance: {
      ...instance,
      dequeue: async (signal) => {
        if (limits.totalJobs > 0 && taken >= limits.totalJobs) return { kind: 'empty' };
        // Counted before the answer: polls may overlap, and the limit must hold.
        taken += 1;
        const answer = await instance.dequeue(signal);
        if (answer.kind !== 'dequeued') taken -= 1;
        if (limits.totalJobs > 0 && taken >= limits.totalJobs) listener();
        return answer;
      },
    },
    onOver: (over) => {
      listener = over;
    },
    close: () => clearTimeout(timer),
  };
}
