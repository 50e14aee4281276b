// What the instance reads out of a job's log when the job is marked (Sourcegraph's internal/batches/types): event lines
// on standard output, of which the cached results count. Lines that are no event are skipped silently, as there.
import type { LogEntry } from './jobs.ts';

export interface CacheEntry {
  readonly key: string;
  /** The AfterStepResult as it was written. */
  readonly value: Readonly<Record<string, unknown>> & { readonly stepIndex: number };
}

/** Whether the instance looks for events in this entry. */
export function holdsEvents(key: string): boolean {
  return (
    /^step\.(docker|kubernetes)\.step\.\d+\.post$/.test(key) || key === 'step.src.batch-exec' || key === 'step.src.0'
  );
}

/** Every cached step result of a job, in the order of the log. */
export function cacheEntries(logs: readonly LogEntry[]): readonly CacheEntry[] {
  const seen = new Set<string>();
  return logs.flatMap((entry) => {
    // The first entry with a key wins.
    if (!holdsEvents(entry.key) || seen.has(entry.key)) return [];
    seen.add(entry.key);
    return entry.out.split('\n').flatMap((line) => cacheEntryOf(line));
  });
}

/** The result that the changeset is made of: the one of the highest step. */
export function lastResult(entries: readonly CacheEntry[]): CacheEntry | undefined {
  return entries.reduce<CacheEntry | undefined>(
    (best, entry) => (best === undefined || entry.value.stepIndex > best.value.stepIndex ? entry : best),
    undefined,
  );
}

function cacheEntryOf(line: string): CacheEntry[] {
  const event = eventOf(line);
  if (event?.['operation'] !== 'CACHE_AFTER_STEP_RESULT' || event['status'] !== 'SUCCESS') return [];
  const metadata = event['metadata'];
  if (!isRecord(metadata) || typeof metadata['key'] !== 'string') return [];
  const value = metadata['value'];
  if (!isRecord(value) || typeof value['stepIndex'] !== 'number') return [];
  return [{ key: metadata['key'], value: { ...value, stepIndex: value['stepIndex'] } }];
}

/** The event on a line of a log entry, if it is one. */
export function eventOf(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('stdout: {')) return undefined;
  try {
    const parsed: unknown = JSON.parse(line.slice('stdout: '.length));
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined; // a step printed something that only looks like an event
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
