// The dispatchers' lease in memory: the rules of jobs/lease-rules.ts over one variable.
import { arrive, hasStandBy, type Lease, leave, type LeaseMove, renew } from '#jobs/lease-rules.ts';
import type { LeaseStore, Millis, Role } from '#jobs/world.ts';

export class MemoryLeaseStore implements LeaseStore {
  private lease: Lease = {};

  arrive(me: string, ttl: Millis, now: Millis): Promise<Role> {
    return this.apply(arrive(this.lease, me, ttl, now));
  }

  renew(me: string, ttl: Millis, ready: boolean, now: Millis): Promise<Role> {
    return this.apply(renew(this.lease, me, ttl, ready, now));
  }

  leave(me: string): Promise<void> {
    this.lease = leave(this.lease, me);
    return Promise.resolve();
  }

  hasStandBy(now: Millis): Promise<boolean> {
    return Promise.resolve(hasStandBy(this.lease, now));
  }

  private apply({ role, lease }: LeaseMove): Promise<Role> {
    this.lease = lease;
    return Promise.resolve(role);
  }
}
