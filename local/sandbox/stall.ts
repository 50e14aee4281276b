// The stall rule: a job that nobody has spoken for in 25 s goes back to the queue, and after three such resets it is
// failed for good (Sourcegraph's dbworker store; the same values for every queue).
import type { SandboxJob } from './jobs.ts';

export interface StallRule {
  readonly stallMs: number;
  readonly resetsMax: number;
}

export const STALL_RULE: StallRule = { stallMs: 25_000, resetsMax: 3 };
export const RESET_LIMIT_MESSAGE = 'job processor died while handling this message too many times';

export function isStalled(job: SandboxJob, now: number, { stallMs }: StallRule): boolean {
  return job.state === 'processing' && now - job.heartbeatAt > stallMs;
}

/** Resets a stalled job; its logs stay until the next dequeue, and so does its token, which is then only good for a 404. */
export function resetStalled(job: SandboxJob, now: number, { resetsMax }: StallRule): void {
  if (job.cancelRequested) {
    finish(job, 'canceled', 'canceled', now);
    return;
  }
  if (job.resets >= resetsMax) {
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
