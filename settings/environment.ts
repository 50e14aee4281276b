// The only place beside the entry points that reads the environment of the process.
import type { Environment } from './read-table.ts';

/** A copy, as it is now. */
export function processEnvironment(): Environment {
  return { ...process.env };
}
