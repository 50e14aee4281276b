// How long an AWS call may take before it counts as unanswered. A dispatcher that hangs in one call still has its
// heartbeat and lease loops, but its jobs wait; so calls fail early, and whoever called comes back later.

export interface CallTimes {
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  /** Without this the SDK only warns and goes on waiting. */
  readonly throwOnRequestTimeout: true;
}

export interface ClientSettings {
  /** Sends of one call in all, including the first. */
  readonly maxAttempts: number;
  readonly requestHandler: CallTimes;
}

const times = (requestTimeout: number): CallTimes => ({
  connectionTimeout: 1_000,
  requestTimeout,
  throwOnRequestTimeout: true,
});

/** Table and queue: small requests that are safe to repeat. The lease lives seven seconds. */
export const QUICK: ClientSettings = { maxAttempts: 3, requestHandler: times(1_500) };

/** Bucket: a payload may hold megabytes. */
export const BULK: ClientSettings = { maxAttempts: 3, requestHandler: times(10_000) };

/** ECS and Lambda: sent once; whoever calls them comes back by itself, and counts throttles as it goes. */
export const ONCE: ClientSettings = { maxAttempts: 1, requestHandler: times(8_000) };
