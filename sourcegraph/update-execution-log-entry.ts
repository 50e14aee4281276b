// POST /.executors/queue/{queue}/updateExecutionLogEntry: replaces a whole entry. Safe to repeat, as long as an older text
// never follows a newer one: the caller sends the updates of one entry one after the other.
import { jobHeaders, type JobAccess } from './access.ts';
import type { Refused, Unreachable } from './answers.ts';
import { exchange, type Wire } from './exchange.ts';
import { logEntryBody, logEntryTimeoutMs, UNKNOWN_JOB, type ExecutionLogEntry } from './execution-log-entry.ts';
import { queuePath } from './queues.ts';

export type UpdateLogEntryAnswer =
  | { readonly kind: 'updated' }
  /** The job is not ours (any more), or not processing, or has fewer entries than that. */
  | { readonly kind: 'unknown-job' }
  | Unreachable
  | Refused;

export async function updateExecutionLogEntry(
  wire: Wire,
  job: JobAccess,
  fallbackExecutorToken: string | undefined,
  entryId: number,
  entry: ExecutionLogEntry,
  signal: AbortSignal | undefined,
): Promise<UpdateLogEntryAnswer> {
  const answer = await exchange(wire, {
    call: `updating log entry ${entry.key}`,
    method: 'POST',
    path: `${queuePath(job.queue)}/updateExecutionLogEntry`,
    headers: jobHeaders(job, fallbackExecutorToken),
    body: { executorName: job.executorName, jobId: job.jobId, entryId, ...logEntryBody(entry) },
    timeoutMs: logEntryTimeoutMs(entry),
    repeatable: true,
    signal,
  });
  if (answer.kind === 'answered') return { kind: 'updated' };
  if (answer.kind === 'unreachable' && 'said' in answer && answer.said === UNKNOWN_JOB) return { kind: 'unknown-job' };
  return answer;
}
