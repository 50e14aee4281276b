import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 100;

/** Waits for what another process will do. Rejects with what it waited for. */
export async function until(what: string, seconds: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > giveUp) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(LOOK_MS);
  }
}
