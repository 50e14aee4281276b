// The machine's own chance, as the world takes it.
import { randomBytes } from 'node:crypto';
import type { Random } from '#jobs/world.ts';

export const realRandom: Random = {
  fraction: () => Math.random(),
  id: () => randomBytes(8).toString('hex'),
};
