// The two ways in which a call to Sourcegraph can go wrong, shared by every route. Both are data: a caller decides by
// `kind`, and tells a human the `message`, which is one sentence that names cause and fix and never holds a secret.

/** What kept an answer from us, as finely as a site admin needs it to mend the cause. */
export type Trouble =
  | 'dns'
  | 'connection-refused'
  | 'no-route'
  | 'connection-lost'
  | 'tls-untrusted'
  | 'tls-expired'
  | 'tls-host-mismatch'
  | 'tls-protocol'
  | 'proxy'
  | 'time-out'
  | 'aborted'
  | 'server-error'
  | 'rate-limited'
  | 'redirected'
  | 'not-sourcegraph'
  | 'garbled'
  | 'too-large'
  | 'no-token'
  | 'other';

/** No answer, or none that could be read. */
export interface Unreachable {
  readonly kind: 'unreachable';
  readonly why: Trouble;
  readonly message: string;
  /** False only when the request surely never reached the instance, or was surely not acted upon. */
  readonly mayHaveTakenEffect: boolean;
  /** HTTP status, when there was an answer at all. */
  readonly status?: number;
  /** How long the instance asked us to wait (Retry-After), in milliseconds from the answer on. */
  readonly retryAfterMs?: number;
}

/** The instance understood the request and said no; the same request will meet the same answer. */
export interface Refused {
  readonly kind: 'refused';
  readonly status: number;
  readonly message: string;
}
