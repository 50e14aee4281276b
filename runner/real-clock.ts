// The machine's own clock, for the program itself; tests bring a clock of their own.
import type { Clock } from '#jobs/world.ts';

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve('aborted');
        return;
      }
      const finish = (how: 'slept' | 'aborted'): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        resolve(how);
      };
      const onAbort = (): void => finish('aborted');
      const timer = setTimeout(() => finish('slept'), ms);
      signal?.addEventListener('abort', onAbort);
    }),
};
