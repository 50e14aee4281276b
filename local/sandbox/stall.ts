// The stall rule: a job that nobody has spoken for in 25 s goes back to the queue, and after three such resets it is
// failed for good (Sourcegraph's dbworker store; the same values for every queue).
import type { SandboxJob } from './jobs.ts';

export const STALL_MS = 25_000;
export const RESETS_MAX = 3;
export const RESET_LIMIT_MESSAGE = 'job processor died while handling this message too many times';

export function isStalled(job: SandboxJob, now: number): boolean {
  return job.state === 'processing' && now - job.heartbeatAt > STALL_MS;
}

/** Resets a stalled job; its logs stay until the next dequeue, and so does its token, which is then only good for a 404. */
export function resetStalled(job: SandboxJob, now: number): void {
  if (job.cancelRequested) {
    finish(job, 'canceled', 'canceled', now);
    return;
  }
  if (job.resets >= RESETS_MAX) {
    finish(job, 'failed', RESET_LIMIT_MESSAGE, now);
    return;
  }
  job.resets += 1;
  job.state = 'queued';
  job.startedAt = undefined;
}

export function finish(
  job: SandboxJob,
  state: 'completed' | 'errored' | 'failed' | 'canceled',
  message: string | undefined,
  now: number,
): void {
  job.state = state;
  job.failureMessage = message;
  job.finishedAt = now;
  job.token = undefined;
}
