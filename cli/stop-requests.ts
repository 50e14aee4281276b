// What asks the program to end: the first Ctrl-C or SIGTERM asks for a good end, the second for an end now. So does the
// loss of the npm that started it: nobody would know any more that the program runs, nor could stop it.
import type { Environment } from '#settings/read-table.ts';

export interface StopRequests {
  /** Aborted by the first signal; its reason begins a sentence: the signal's name. */
  readonly drain: AbortSignal;
  /** Aborted by the second one; `drain` is aborted before it. */
  readonly abort: AbortSignal;
  /** Gives the signals back. */
  forget(): void;
}

/**
 * Under npm one Ctrl-C arrives twice: a terminal signals the whole group, and npm passes on what it hears itself. The
 * second comes within milliseconds, faster than any hand.
 */
const ECHO_MS = 300;
const LOOK_FOR_NPM_MS = 1_000;

export function hearStopRequests(environment: Environment): StopRequests {
  const drain = new AbortController();
  const abort = new AbortController();
  let firstAt: number | undefined;
  const hear = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      drain.abort(signal);
    } else if (now - firstAt > ECHO_MS) abort.abort(signal);
  };
  process.on('SIGINT', hear);
  process.on('SIGTERM', hear);
  const npm = onLossOfNpm(environment, () => {
    drain.abort('npm is gone');
    abort.abort('npm is gone');
  });
  return {
    drain: drain.signal,
    abort: abort.signal,
    forget: () => {
      process.off('SIGINT', hear);
      process.off('SIGTERM', hear);
      clearInterval(npm);
    },
  };
}

/** Acts on a request, also on one that came before anybody listened. */
export function onRequest(signal: AbortSignal, act: (why: string) => void): void {
  const heard = (): void => act(String(signal.reason));
  if (signal.aborted) heard();
  else signal.addEventListener('abort', heard, { once: true });
}

/** npm waits for what it starts, so another parent than at the start means that npm was killed. */
function onLossOfNpm(environment: Environment, act: () => void): NodeJS.Timeout | undefined {
  if (environment['npm_lifecycle_event'] === undefined) return undefined;
  const npm = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(timer);
    act();
  }, LOOK_FOR_NPM_MS);
  return timer.unref();
}
