// Payloads in memory that tell of what is kept, so that a leak shows.
import type { AttemptId, JobKey } from '#jobs/keys.ts';
import { MemoryPayloadStore } from '#local/memory/payload-store.ts';

export class CountedPayloads extends MemoryPayloadStore {
  /** Attempts with a payload or a result, and jobs that are kept. */
  readonly kept = new Set<AttemptId | JobKey>();

  override write(
    ...[attempt, build]: Parameters<MemoryPayloadStore['write']>
  ): ReturnType<MemoryPayloadStore['write']> {
    this.kept.add(attempt);
    return super.write(attempt, build);
  }

  override remove(attempt: AttemptId): Promise<void> {
    this.kept.delete(attempt);
    return super.remove(attempt);
  }

  override saveJob(...[key, job]: Parameters<MemoryPayloadStore['saveJob']>): Promise<void> {
    this.kept.add(key);
    return super.saveJob(key, job);
  }

  override removeJob(key: JobKey): Promise<void> {
    this.kept.delete(key);
    return super.removeJob(key);
  }
}
