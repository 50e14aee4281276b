// A time limit for one call to the outside, on the world's own clock.
import type { Clock, Millis } from './world.ts';

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
  const relay = () => limit.abort();
  if (outer?.aborted === true) limit.abort();
  outer?.addEventListener('abort', relay);
  void clock.sleep(ms, done.signal).then((end) => {
    if (end === 'slept') limit.abort();
  });
  try {
    return await call(limit.signal);
  } finally {
    done.abort();
    outer?.removeEventListener('abort', relay);
  }
}
