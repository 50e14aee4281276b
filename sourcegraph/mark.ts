// POST /.executors/queue/{queue}/markComplete, markErrored and markFailed: the end of a job. A mark that is accepted
// deletes the job's token, and for batches it parses the log entries: so everything else about the job comes before.
import { jobHeaders, type JobAccess } from './access.ts';
import type { Refused, Unreachable } from './answers.ts';
import { exchange, type Wire } from './exchange.ts';
import { queuePath } from './queues.ts';

export type MarkOutcome =
  | { readonly kind: 'completed' }
  /** Went wrong. */
  | { readonly kind: 'errored'; readonly errorMessage: string }
  /** A retry would not help, or the user cancelled it. */
  | { readonly kind: 'failed'; readonly errorMessage: string };

/** `not-ours`: the instance no longer counts us as the owner; after an attempt whose answer was lost that means done. */
export type MarkAnswer = 'marked' | 'not-ours' | Unreachable | Refused;

const ROUTES = { completed: 'markComplete', errored: 'markErrored', failed: 'markFailed' } as const;

export async function mark(
  wire: Wire,
  job: JobAccess,
  fallbackExecutorToken: string | undefined,
  outcome: MarkOutcome,
  signal: AbortSignal | undefined,
): Promise<MarkAnswer> {
  const answer = await exchange(wire, {
    call: `marking job ${job.jobId} of ${job.queue}`,
    method: 'POST',
    path: `${queuePath(job.queue)}/${ROUTES[outcome.kind]}`,
    headers: jobHeaders(job, fallbackExecutorToken),
    body: {
      executorName: job.executorName,
      jobId: job.jobId,
      ...(outcome.kind === 'completed' ? {} : { errorMessage: outcome.errorMessage.toWellFormed() }),
    },
    timeoutMs: 20_000,
    // A repeat that comes second meets 404 or 401, which only the caller can tell from somebody else's job.
    repeatable: false,
    signal,
  });
  if (answer.kind === 'answered') return 'marked';
  if (answer.kind === 'refused' && saysNotOurs(answer.status, job)) return 'not-ours';
  return answer;
}

// 404: another owner, or marked already. 401: the job's token is gone, with a mark or with a new dequeue; with the
// executor's own token it would only mean that this one is wrong.
function saysNotOurs(status: number, job: JobAccess): boolean {
  return status === 404 || (status === 401 && job.token !== undefined);
}
