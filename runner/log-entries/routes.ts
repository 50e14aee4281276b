// The two calls that log entries need, as the sender sees them.
import type { ExecutionLogEntry } from '#sourcegraph/execution-log-entry.ts';

export type RouteProblem =
  /** The instance has no such entry, or no such job of this executor: it says the same for both. */
  | { readonly kind: 'unknown-job' }
  /** The job's token is dead: the job is somebody else's. */
  | { readonly kind: 'not-ours' }
  /** To be tried again. */
  | {
      readonly kind: 'unreachable';
      readonly message: string;
      readonly mayHaveTakenEffect: boolean;
      readonly retryAfterMs?: number | undefined;
    }
  /** The same request will never be accepted. */
  | { readonly kind: 'refused'; readonly message: string };

export interface LogRoutes {
  /** Entries are numbered from 1 in the order of adding. */
  add(
    entry: ExecutionLogEntry,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'added'; readonly entryId: number } | RouteProblem>;
  /** Replaces the whole entry. */
  update(
    entryId: number,
    entry: ExecutionLogEntry,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'updated' } | RouteProblem>;
}
