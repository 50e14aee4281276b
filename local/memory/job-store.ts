// The job records in memory: what a program on one machine needs, since the queue that must survive is Sourcegraph's.
// What is written goes through JSON and the record's schema, so that what is read is what a real store would give back.
import type { JobKey } from '#jobs/keys.ts';
import { type JobRecord, JobRecordSchema } from '#jobs/record.ts';
import type { JobStore, Millis, Reservation, Seen, Stored } from '#jobs/world.ts';

interface Row {
  readonly slot: number;
  readonly seen: Seen;
  readonly record: JobRecord;
}

type Slot = { readonly kind: 'reserved'; readonly id: string; readonly until: Millis } | { readonly kind: 'job' };

export class MemoryJobStore implements JobStore {
  private readonly rows = new Map<string, Row>();
  private readonly slots = new Map<number, Slot>();
  private reservations = 0;

  reserve(wanted: number, limit: number, until: Millis, now: Millis): Promise<readonly Reservation[]> {
    const made: Reservation[] = [];
    for (let slot = 0; slot < limit && made.length < wanted; slot++) {
      const taken = this.slots.get(slot);
      if (taken?.kind === 'job' || (taken !== undefined && taken.until > now)) continue;
      this.reservations += 1;
      const id = String(this.reservations);
      this.slots.set(slot, { kind: 'reserved', id, until });
      made.push({ slot, id, until });
    }
    return Promise.resolve(made);
  }

  release(reservation: Reservation): Promise<void> {
    if (this.isOurs(reservation)) this.slots.delete(reservation.slot);
    return Promise.resolve();
  }

  create(reservation: Reservation, record: JobRecord): Promise<'created' | 'exists' | 'lapsed'> {
    if (this.rows.has(record.key)) return Promise.resolve('exists');
    if (!this.isOurs(reservation)) return Promise.resolve('lapsed');
    this.slots.set(reservation.slot, { kind: 'job' });
    this.rows.set(record.key, { slot: reservation.slot, seen: 1, record: stored(record) });
    return Promise.resolve('created');
  }

  get(key: JobKey): Promise<Stored | 'none'> {
    const row = this.rows.get(key);
    return Promise.resolve(row === undefined ? 'none' : read(row));
  }

  change(key: JobKey, seen: Seen, next: JobRecord): Promise<'changed' | 'stale'> {
    const row = this.rows.get(key);
    if (row?.seen !== seen) return Promise.resolve('stale');
    this.rows.set(key, { slot: row.slot, seen: seen + 1, record: stored(next) });
    return Promise.resolve('changed');
  }

  remove(key: JobKey, seen: Seen): Promise<'removed' | 'stale'> {
    const row = this.rows.get(key);
    if (row?.seen !== seen) return Promise.resolve('stale');
    this.rows.delete(key);
    this.slots.delete(row.slot);
    return Promise.resolve('removed');
  }

  inFlight(): Promise<{ readonly records: readonly Stored[]; readonly unreadable: readonly string[] }> {
    return Promise.resolve({ records: [...this.rows.values()].map(read), unreadable: [] });
  }

  // A lapsed reservation that nobody else has taken is still as good as any.
  private isOurs({ slot, id }: Reservation): boolean {
    const taken = this.slots.get(slot);
    return taken?.kind === 'reserved' && taken.id === id;
  }
}

const stored = (record: JobRecord): JobRecord => JobRecordSchema.parse(JSON.parse(JSON.stringify(record)));
const read = ({ record, seen }: Row): Stored => ({ record, seen });
