// A time limit for one call to the outside, on the world's own clock.
import type { Clock, Millis } from './world.ts';

// Given reasons, because the default one is an exception with a stack, made a thousand times for nothing.
const GIVEN_UP = 'given up';
const ANSWERED = 'answered';

/**
 * Calls with a signal that is aborted after `ms`, or when `outer` is. The callee answers the abort (as unreachable):
 * nothing here decides for it, so an answer that came at the last moment is not lost.
 */
export async function within<T>(
  clock: Clock,
  ms: Millis,
  outer: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const done = new AbortController();
  const relay = () => limit.abort(GIVEN_UP);
  if (outer?.aborted === true) limit.abort(GIVEN_UP);
  outer?.addEventListener('abort', relay);
  void clock.sleep(ms, done.signal).then((end) => {
    if (end === 'slept') limit.abort(GIVEN_UP);
  });
  try {
    return await call(limit.signal);
  } finally {
    done.abort(ANSWERED);
    outer?.removeEventListener('abort', relay);
  }
}
