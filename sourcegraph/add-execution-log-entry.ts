// POST /.executors/queue/{queue}/addExecutionLogEntry: appends an entry and answers its ID, which is the number of
// entries that the job now has: IDs count from 1 and start again with a new dequeue.
//
// Not repeatable: an add whose answer was lost may have appended, and a second one would append again; the instance
// shows the first entry with a key and reads results from all of them. The answer says so, and the way out relies on the
// job's client being the only one that adds: it knows how many entries there are. `updateExecutionLogEntry` with the ID
// that the lost add would have got either finds the entry (it was added, and now has our text) or hears `unknown-job`
// (it was not: add again).
import * as z from 'zod/mini';
import { jobHeaders, type JobAccess } from './access.ts';
import type { Refused, Unreachable } from './answers.ts';
import { exchange, parseAnswer, type Wire } from './exchange.ts';
import { logEntryBody, logEntryTimeoutMs, UNKNOWN_JOB, type ExecutionLogEntry } from './execution-log-entry.ts';
import { queuePath } from './queues.ts';

export type AddLogEntryAnswer =
  | { readonly kind: 'added'; readonly entryId: number }
  /** The job is not ours (any more), or not processing. */
  | { readonly kind: 'unknown-job' }
  | { readonly kind: 'unknown-whether-added'; readonly cause: Unreachable }
  /** Surely not added. */
  | Unreachable
  | Refused;

const EntryIdSchema = z.int().check(z.positive());

export async function addExecutionLogEntry(
  wire: Wire,
  job: JobAccess,
  fallbackExecutorToken: string | undefined,
  entry: ExecutionLogEntry,
  signal: AbortSignal | undefined,
): Promise<AddLogEntryAnswer> {
  const call = `adding log entry ${entry.key}`;
  const answer = await exchange(wire, {
    call,
    method: 'POST',
    path: `${queuePath(job.queue)}/addExecutionLogEntry`,
    headers: jobHeaders(job, fallbackExecutorToken),
    body: { executorName: job.executorName, jobId: job.jobId, ...logEntryBody(entry) },
    timeoutMs: logEntryTimeoutMs(entry),
    repeatable: false,
    signal,
  });
  if (answer.kind === 'refused') return answer;
  if (answer.kind === 'unreachable') return failedAdd(answer);
  const parsed = parseAnswer(EntryIdSchema, answer, { call, frontendUrl: wire.frontendUrl });
  return parsed.kind === 'parsed' ? { kind: 'added', entryId: parsed.value } : failedAdd(parsed);
}

function failedAdd(answer: Unreachable & { readonly said?: string }): AddLogEntryAnswer {
  if (answer.said === UNKNOWN_JOB) return { kind: 'unknown-job' };
  return answer.mayHaveTakenEffect ? { kind: 'unknown-whether-added', cause: answer } : answer;
}
