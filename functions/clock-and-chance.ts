// Time and chance of a Lambda, as the world takes them.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Random } from '#jobs/world.ts';

export const clock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
      return 'slept';
    } catch (error) {
      if (signal?.aborted === true) return 'aborted';
      throw error;
    }
  },
};

export const random: Random = {
  fraction: () => Math.random(),
  id: () => randomBytes(8).toString('hex'),
};
