// Who speaks for what: the three identities of the executor API and the headers that carry them. A job's routes are
// called with the job's own token whenever it has one. The executor's token opens every job of every queue, so it stays
// away from them, except on old instances whose jobs carry no token.

/** A job is named by queue and ID together: an ID is unique in its queue only. */
export interface HeldJob {
  readonly queue: string;
  readonly jobId: number;
}

/** A job as far as a call about it goes. */
export interface JobOfCall extends HeldJob {
  /** The job's own token; absent only on instances that give none. */
  readonly token?: string | undefined;
}

/** All that one job's client needs to know. */
export interface JobAccess extends JobOfCall {
  /** The instance's URL: scheme and host, no trailing slash. */
  readonly frontendUrl: string;
  readonly executorName: string;
  /** Never left out by accident: without it the executor's token may speak. */
  readonly token: string | undefined;
}

/**
 * Where the executor's token comes from. `fresh` is asked for after a 401: the secret may have been rotated, so a
 * source that caches must read it again. Rejects with TokenUnreadable where it can say why.
 */
export type TokenSource = (freshness: 'cached' | 'fresh') => string | Promise<string>;

/** Its message is shown: it names where the token should be, and nothing of the token. */
export class TokenUnreadable extends Error {
  override readonly name = 'TokenUnreadable';
}

export type Headers = Readonly<Record<string, string>>;

export function executorHeaders(executorToken: string): Headers {
  return { Authorization: `token-executor ${executorToken}` };
}

/** The instance checks the ID and the name against the token (403, 401), so all three always go together. */
export function jobHeaders(access: Omit<JobAccess, 'frontendUrl'>, fallbackExecutorToken: string | undefined): Headers {
  const authorization =
    access.token !== undefined
      ? { Authorization: `Bearer ${access.token}` }
      : fallbackExecutorToken !== undefined
        ? executorHeaders(fallbackExecutorToken)
        : {};
  return {
    ...authorization,
    'X-Sourcegraph-Job-ID': String(access.jobId),
    'X-Sourcegraph-Executor-Name': access.executorName,
  };
}
