// Names inside the table and the bucket that both the stack, which makes them, and the handlers, which fill them, must
// agree on.

/** Keys of the DynamoDB table; both are strings. */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds, DynamoDB's time to live: collects what a crash left behind, weeks later. */
  timeToLive: 'expires',
} as const;

/** Objects of the bucket. Whatever lies below these is gone after the bucket's expiry rule at the latest. */
export const BUCKET = {
  /** `attempts/<attempt>/payload.json`, `urls.json`, `result.json`. */
  attempts: 'attempts/',
  /** `jobs/<job key>.json`: the job as dequeued. */
  jobs: 'jobs/',
  /** The bucket notifies the results queue of objects below `attempts` that end so. */
  resultSuffix: '/result.json',
} as const;
