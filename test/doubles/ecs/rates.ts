// How fast ECS lets an account call it: token buckets by class of operation, and Fargate's own limit on launches.
// Sources: ECS Developer Guide, "Request throttling for the Amazon ECS API" and "AWS Fargate throttling quotas"; AWS
// General Reference, "AWS Fargate endpoints and quotas", for the two classes of launches.
import { TokenBucket } from '#jobs/dispatch/token-bucket.ts';

/** `fast`: most regions. `slow`: smaller ones, and those that opened since May 2025. */
export type LaunchClass = 'fast' | 'slow';

const LAUNCHES = {
  fast: [
    { burst: 20, perSecond: 20, of: ['RunTask'] },
    { burst: 100, perSecond: 20, of: ['RunTask'] },
  ],
  slow: [
    { burst: 20, perSecond: 20, of: ['RunTask'] },
    { burst: 25, perSecond: 5, of: ['RunTask'] },
  ],
} as const;

const CALLS = [
  { burst: 100, perSecond: 40, of: ['RunTask', 'StopTask'] },
  { burst: 100, perSecond: 20, of: ['DescribeTasks', 'ListTasks'] },
  { burst: 20, perSecond: 1, of: ['RegisterTaskDefinition', 'DeregisterTaskDefinition'] },
  { burst: 5, perSecond: 1, of: ['DeleteTaskDefinitions'] },
  { burst: 50, perSecond: 20, of: ['DescribeTaskDefinition', 'ListTaskDefinitionFamilies'] },
] as const;

/** The least time that so many calls of an operation take after a rest, by these buckets alone. */
export function leastMs(operation: string, calls: number, launches: LaunchClass): number {
  const own = [...CALLS, ...LAUNCHES[launches]].filter(({ of }) => (of as readonly string[]).includes(operation));
  return Math.max(...own.map(({ burst, perSecond }) => (Math.max(0, calls - burst) / perSecond) * 1000));
}

export class Rates {
  readonly #buckets: readonly { readonly of: readonly string[]; readonly bucket: TokenBucket }[];

  /** `share` of each bucket is ours, the rest is used up by others in the account. */
  constructor(now: number, launches: LaunchClass = 'fast', share = 1) {
    this.#buckets = [...CALLS, ...LAUNCHES[launches]].map(({ burst, of, perSecond }) => ({
      of,
      bucket: new TokenBucket({ burst: Math.max(1, burst * share), perSecond: perSecond * share }, now),
    }));
  }

  /** False: throttled. A call counts against each of its buckets. */
  take(operation: string, now: number): boolean {
    const own = this.#buckets.filter(({ of }) => of.includes(operation));
    return own.map(({ bucket }) => bucket.take(now)).every(Boolean);
  }
}
