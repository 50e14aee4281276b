// Names of a job and of its attempts. A job ID is unique in its queue only, and a job that Sourcegraph reset comes back
// under the same ID with a new token: queue, ID and dequeue generation together name one dequeue. The name is the
// correlation ID that logs, task, messages and stored objects carry.
import { createHash } from 'node:crypto';

declare const jobKeyBrand: unique symbol;
declare const attemptIdBrand: unique symbol;

/** `<queue>/<job ID>/<generation>`: letters, digits, `-`, `_` and `/` only, so that it fits ECS's `startedBy`. */
export type JobKey = string & { readonly [jobKeyBrand]: true };

/** `<job key>/<number>`: one RunTask that was not definitely refused. Numbers count from 1. */
export type AttemptId = string & { readonly [attemptIdBrand]: true };

/** The generation is a hash of the job's token, which is new at each dequeue; old instances give none, so the dequeue's own ID serves. */
export function jobKey(queue: string, jobId: number, tokenOrDequeueId: string): JobKey {
  const generation = createHash('sha256').update(tokenOrDequeueId).digest('hex').slice(0, 12);
  return `${safeName(queue)}/${jobId}/${generation}` as JobKey;
}

export function attemptId(key: JobKey, attempt: number): AttemptId {
  return `${key}/${attempt}` as AttemptId;
}

/** The job and the number of an attempt; `unknown` for a name that this executor did not make. */
export function parseAttemptId(
  text: string,
): { kind: 'attempt'; key: JobKey; id: AttemptId; number: number } | { kind: 'unknown' } {
  const match = /^([A-Za-z0-9_-]+\/\d+\/[0-9a-f]{12})\/([1-9]\d{0,5})$/.exec(text);
  if (match === null) return { kind: 'unknown' };
  return { kind: 'attempt', key: match[1] as JobKey, id: text as AttemptId, number: Number(match[2]) };
}

/** A job's key read back; `queue` is only known when the name needed no replacement. */
export function parseJobKey(
  text: string,
): { kind: 'job'; key: JobKey; queue: string | undefined; jobId: number } | { kind: 'unknown' } {
  const match = /^([A-Za-z0-9_-]+)\/(\d+)\/[0-9a-f]{12}$/.exec(text);
  if (match === null) return { kind: 'unknown' };
  const queue = match[1] as string;
  return {
    kind: 'job',
    key: text as JobKey,
    queue: queue.startsWith(REPLACED) ? undefined : queue,
    jobId: Number(match[2]),
  };
}

const REPLACED = 'q--';

// A queue name is the instance's choice. One that would not fit is replaced by a hash, so that two never collide.
function safeName(queue: string): string {
  if (/^[A-Za-z0-9_-]{1,40}$/.test(queue) && !queue.startsWith(REPLACED)) return queue;
  return `${REPLACED}${createHash('sha256').update(queue).digest('hex').slice(0, 16)}`;
}
