// When to try again, and when next. The decisions are pure and tabled in the tests; `withRetries` carries them out on a
// clock and a random source that the caller brings, so that virtual time can drive it.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<'slept' | 'aborted'>;
}

export interface Random {
  /** At least 0, below 1. */
  fraction(): number;
}

/** Trying ends with whichever limit is reached first; a last answer is always handed to the caller as it came. */
export interface RetryPolicy {
  readonly attemptsMax: number;
  /** From the first attempt to the start of the last one. */
  readonly elapsedMsMax: number;
  /** Upper bound of the first wait; it doubles with each attempt. */
  readonly firstDelayMs: number;
  readonly delayMsMax: number;
}

// A server that asks for more than this is taken to be mistaken about its own clock or ours.
const RETRY_AFTER_MS_MAX = 10 * 60_000;

/** Milliseconds to wait by a Retry-After header: seconds or an HTTP date (RFC 9110, 10.2.3); undefined when there is none to go by. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const value = header?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, RETRY_AFTER_MS_MAX);
  // Date.parse reads far more than HTTP dates ("1.5" is a day in May), hence the shape first.
  if (!/^[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}/.test(value)) return undefined;
  const at = Date.parse(value);
  if (Number.isNaN(at)) return undefined;
  return Math.min(Math.max(at - now, 0), RETRY_AFTER_MS_MAX);
}

/**
 * Wait before attempt `attempt` + 1 (attempts count from 1): full jitter below a doubling bound, so that a thousand
 * runners that lost one instance do not come back in step; never less than the instance asked for.
 */
export function backoffDelay(
  policy: RetryPolicy,
  attempt: number,
  fraction: number,
  retryAfterMs: number | undefined,
): number {
  const bound = Math.min(policy.firstDelayMs * 2 ** (attempt - 1), policy.delayMsMax);
  const jittered = Math.round(bound * fraction);
  // The jitter goes on top: everybody was told the same number.
  return retryAfterMs === undefined ? jittered : retryAfterMs + jittered;
}

export type RetryVerdict = 'done' | { readonly retryAfterMs: number | undefined };

/** Tries until `judge` says `done`, the policy is used up, or the signal aborts; answers what the last attempt answered. */
export async function withRetries<T>(
  policy: RetryPolicy,
  time: { readonly clock: Clock; readonly random: Random },
  signal: AbortSignal | undefined,
  attempt: (number: number) => Promise<T>,
  judge: (answer: T) => RetryVerdict,
): Promise<T> {
  const startedAt = time.clock.now();
  for (let number = 1; ; number += 1) {
    const answer = await attempt(number);
    const verdict = judge(answer);
    if (verdict === 'done' || number >= policy.attemptsMax || signal?.aborted === true) return answer;
    const delay = backoffDelay(policy, number, time.random.fraction(), verdict.retryAfterMs);
    if (time.clock.now() + delay - startedAt > policy.elapsedMsMax) return answer;
    if ((await time.clock.sleep(delay, signal)) === 'aborted') return answer;
  }
}
