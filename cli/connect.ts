// The first call to the instance: whether it is there and takes this executor, and if not, why.
import type { ConnectedInstance } from '#local/instance.ts';
import { realClock } from '#runner/real-clock.ts';

const RETRY_MS = 5_000;

/** Waits for an instance that is away, saying why once; one that says no is not asked again. */
export async function connect(
  instance: ConnectedInstance,
  stop: AbortSignal,
  print: (line: string) => void,
): Promise<'connected' | 'refused' | 'stopped'> {
  let said = '';
  while (!stop.aborted) {
    const answer = await instance.authenticate(stop);
    if (answer === 'ok') return 'connected';
    // Aborted meanwhile: the answer is only the echo of that.
    if (isAborted(stop)) break;
    if (answer.message !== said) print(answer.message);
    said = answer.message;
    if (answer.kind === 'refused') return 'refused';
    await realClock.sleep(RETRY_MS, stop);
  }
  return 'stopped';
}

// A call, so that the compiler does not take the answer of a moment ago for granted.
const isAborted = (signal: AbortSignal): boolean => signal.aborted;
