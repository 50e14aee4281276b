// The dispatchers' lease in DynamoDB: the rules of jobs/lease-rules.ts over one item, read and written conditionally.
import {
  arrive,
  CLOSED,
  hasStandBy,
  leave,
  type Lease,
  type LeaseMove,
  LeaseSchema,
  renew,
} from '#jobs/lease-rules.ts';
import { type LeaseStore, type Millis, type Role, StoreUnavailable } from '#jobs/world.ts';
import type { DynamoDbTable } from './dynamodb-table.ts';

const LEASE = 'lease';

/** Three dispatchers write once a second each; whoever loses so often has met something else. */
const RACES_MAX = 10;

export class DynamoDbLeaseStore implements LeaseStore {
  readonly #table: DynamoDbTable;

  constructor(table: DynamoDbTable) {
    this.#table = table;
  }

  arrive(me: string, ttl: Millis, now: Millis): Promise<Role> {
    return this.#apply((lease) => arrive(lease, me, ttl, now));
  }

  renew(me: string, ttl: Millis, ready: boolean, now: Millis): Promise<Role> {
    return this.#apply((lease) => renew(lease, me, ttl, ready, now));
  }

  async leave(me: string): Promise<void> {
    await this.#apply((lease) => ({ role: 'leave', lease: leave(lease, me) }));
  }

  async hasStandBy(now: Millis): Promise<boolean> {
    return hasStandBy((await this.read()) ?? {}, now);
  }

  /** As it was last written; undefined: no dispatcher has ever come. */
  async read(): Promise<Lease | undefined> {
    const item = await this.#table.get(LEASE, LEASE);
    return item === undefined ? undefined : readLease(item['lease']);
  }

  /** Whoever holds it leaves within a second, and nobody follows. Answers what it was. */
  async close(): Promise<Lease> {
    let before: Lease = {};
    await this.#apply((lease) => {
      before = lease;
      return { role: 'leave', lease: CLOSED };
    });
    return before;
  }

  async open(): Promise<void> {
    await this.#apply((lease) => ({ role: 'leave', lease: lease.closed === true ? {} : lease }));
  }

  async #apply(rule: (lease: Lease) => LeaseMove): Promise<Role> {
    for (let race = 0; race < RACES_MAX; race++) {
      const item = await this.#table.get(LEASE, LEASE);
      const version = Number(item?.['version'] ?? 0);
      const move = rule(readLease(item?.['lease']));
      const put = await this.#table.put(
        LEASE,
        LEASE,
        { version: version + 1, lease: JSON.stringify(move.lease) },
        {
          expression: 'attribute_not_exists(#version) OR #version = :version',
          names: { '#version': 'version' },
          values: { ':version': version },
        },
      );
      if (put === 'put') return move.role;
    }
    throw new StoreUnavailable(`lost ${RACES_MAX} races over the lease`);
  }
}

// A lease that cannot be read is nobody's: two holders do no harm, none does.
function readLease(text: string | number | undefined): Lease {
  if (typeof text !== 'string') return {};
  const parsed = LeaseSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : {};
}
