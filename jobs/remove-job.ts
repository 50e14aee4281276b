// The end of a job's traces. Objects go first: what is left after a crash in between is a record, which the next mark or
// heartbeat ends, and never an object that nobody names (those expire by the bucket's rule all the same).
import { attemptId } from './keys.ts';
import type { CompletionWorld, Stored } from './world.ts';

/** False when somebody changed the record meanwhile; then it is decided anew. */
export async function removeJob(world: CompletionWorld, { record, seen }: Stored): Promise<boolean> {
  for (let attempt = 1; attempt <= record.attempt; attempt++) {
    await world.payloads.remove(attemptId(record.key, attempt));
  }
  await world.payloads.removeJob(record.key);
  return (await world.jobs.remove(record.key, seen)) === 'removed';
}
