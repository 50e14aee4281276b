// How fast ECS lets an account call it: token buckets by class of operation, and Fargate's own limit on launches.
// Sources: ECS Developer Guide, "Request throttling for the Amazon ECS API" and "AWS Fargate throttling quotas".
import { TokenBucket } from '#jobs/dispatch/token-bucket.ts';

const RATES = {
  modifyTasks: { burst: 100, perSecond: 40, of: ['RunTask', 'StopTask'] },
  fargateLaunch: { burst: 20, perSecond: 20, of: ['RunTask'] },
  readTasks: { burst: 100, perSecond: 20, of: ['DescribeTasks', 'ListTasks'] },
  modifyDefinitions: { burst: 20, perSecond: 1, of: ['RegisterTaskDefinition', 'DeregisterTaskDefinition'] },
  readDefinitions: { burst: 50, perSecond: 20, of: ['DescribeTaskDefinition'] },
} as const;

export class Rates {
  readonly #buckets: readonly { readonly of: readonly string[]; readonly bucket: TokenBucket }[];

  constructor(now: number) {
    this.#buckets = Object.values(RATES).map(({ of, ...rate }) => ({ of, bucket: new TokenBucket(rate, now) }));
  }

  /** False: throttled. A call counts against each of its buckets. */
  take(operation: string, now: number): boolean {
    const own = this.#buckets.filter(({ of }) => of.includes(operation));
    return own.map(({ bucket }) => bucket.take(now)).every(Boolean);
  }
}
