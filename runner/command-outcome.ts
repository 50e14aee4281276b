// How a command of the job ended, and the words for it. Failures are passed up as data, each level putting its own name
// in front, as Go's error wrapping does in the reference: users and scripts know these texts.

/** Why the job is being ended while its commands still run; the reason of the job's AbortSignal. */
export type Interruption = 'deadline' | 'stopped' | 'not-ours';

export type Failure =
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'interrupted'; readonly message: string }
  | { readonly kind: 'container-lost'; readonly container: string; readonly message: string };

export type Outcome = { readonly kind: 'ok' } | Failure;

export const OK: Outcome = { kind: 'ok' };

export const failed = (message: string): Failure => ({ kind: 'failed', message });

/** The same failure, seen from one level up. */
export function within(what: string, failure: Failure): Failure {
  return { ...failure, message: `${what}: ${failure.message}` };
}

/** Go's texts for a context that has ended. */
export function interrupted(signal: AbortSignal): Failure {
  return {
    kind: 'interrupted',
    message: signal.reason === 'deadline' ? 'context deadline exceeded' : 'context canceled',
  };
}

export const commandFailed = (exitCode: number): string => `command failed with exit code ${exitCode}`;
