// One thing that was looked at, and what is to be thought of it.

/** `unknown`: it could not be looked at, which says nothing about it. */
export type Verdict = 'ok' | 'warning' | 'problem' | 'unknown';

export interface Check {
  readonly name: string;
  readonly verdict: Verdict;
  readonly text: string;
  /** What to do about it. */
  readonly fix?: string;
}

const check =
  (verdict: Verdict) =>
  (name: string, text: string, fix?: string): Check => ({
    name,
    verdict,
    text,
    ...(fix === undefined ? {} : { fix }),
  });

export const ok = check('ok');
export const warning = check('warning');
export const problem = check('problem');
export const unknown = check('unknown');
