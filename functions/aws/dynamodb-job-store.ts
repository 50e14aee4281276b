// Job records in DynamoDB, without transactions: a record lies in one of a fixed row of slots, and room is a free slot.
//
//   partition `slot`, sort `000042`   a reservation (`id`, `until`) or a record (`key`, `seen`, `record`)
//   partition `job`,  sort <job key>  `slot`: where the record is
//
// S1. A slot is taken, and a reservation becomes a record, by one conditional write each: two dispatchers together can
//     never hold more jobs than there are slots.
// S2. The way from key to slot is only a hint: it is written first and removed last, and a record is what the slot says.
// S3. All records are one partition, so that a tick reads them with one strongly consistent query.
import type { JobKey } from '#jobs/keys.ts';
import { type JobRecord, JobRecordSchema } from '#jobs/record.ts';
import type { JobStore, Millis, Reservation, Seen, Stored } from '#jobs/world.ts';
import { TABLE } from '#settings/storage.ts';
import type { Condition, DynamoDbTable, Item } from './dynamodb-table.ts';
import { parseJson } from './parse-json.ts';

const SLOTS = 'slot';
const JOBS = 'job';

/** Of the items' form; readers accept this version and the next one. */
const VERSION = 1;

/** Weeks after its last write an item is surely about nothing: no job runs that long. */
const KEPT_MS = 30 * 24 * 3_600_000;

export interface JobStoreOptions {
  readonly table: DynamoDbTable;
  readonly now: () => Millis;
  /** Unique at each call. */
  readonly id: () => string;
}

export class DynamoDbJobStore implements JobStore {
  readonly #table: DynamoDbTable;
  readonly #now: () => Millis;
  readonly #id: () => string;
  /** A record never moves, so its slot is looked up once. */
  readonly #slots = new Map<string, number>();

  constructor({ table, now, id }: JobStoreOptions) {
    this.#table = table;
    this.#now = now;
    this.#id = id;
  }

  async reserve(wanted: number, limit: number, until: Millis, now: Millis): Promise<readonly Reservation[]> {
    const taken = new Map(
      (await this.#table.all(SLOTS, [TABLE.sortKey, 'key', 'until'])).map((item) => [item[TABLE.sortKey], item]),
    );
    const made: Reservation[] = [];
    for (let slot = 0; slot < limit && made.length < wanted; slot++) {
      if (isTaken(taken.get(sortKey(slot)), now)) continue;
      const id = this.#id();
      const put = await this.#table.put(SLOTS, sortKey(slot), this.#item({ id, until }), freeAt(now));
      if (put === 'put') made.push({ slot, id, until });
    }
    return made;
  }

  async release({ slot, id }: Reservation): Promise<void> {
    // Refused: it had lapsed and is somebody else's now.
    await this.#table.delete(SLOTS, sortKey(slot), reservedAs(id));
  }

  async create({ slot, id }: Reservation, record: JobRecord): Promise<'created' | 'exists' | 'lapsed'> {
    const { key } = record;
    if ((await this.#find(key)) !== undefined) return 'exists';
    await this.#table.put(JOBS, key, this.#item({ slot }));
    const put = await this.#table.put(SLOTS, sortKey(slot), this.#recordItem(record, 1), reservedAs(id));
    if (put === 'refused') return 'lapsed';
    this.#slots.set(key, slot);
    return 'created';
  }

  async get(key: JobKey): Promise<Stored | 'none'> {
    const found = await this.#find(key);
    if (found === undefined) return 'none';
    const stored = read(found.item);
    if (stored === undefined) throw new Error(`the record of ${key} is of a version that this code cannot read`);
    return stored;
  }

  async change(key: JobKey, seen: Seen, next: JobRecord): Promise<'changed' | 'stale'> {
    const slot = await this.#slotOf(key);
    if (slot === undefined) return 'stale';
    const put = await this.#table.put(SLOTS, sortKey(slot), this.#recordItem(next, seen + 1), isVersion(key, seen));
    return put === 'put' ? 'changed' : 'stale';
  }

  async remove(key: JobKey, seen: Seen): Promise<'removed' | 'stale'> {
    const slot = await this.#slotOf(key);
    if (slot === undefined) return 'stale';
    const deleted = await this.#table.delete(SLOTS, sortKey(slot), isVersion(key, seen));
    if (deleted === 'refused') return 'stale';
    this.#slots.delete(key);
    await this.#table.delete(JOBS, key);
    return 'removed';
  }

  async inFlight(): Promise<{ readonly records: readonly Stored[]; readonly unreadable: readonly string[] }> {
    const records: Stored[] = [];
    const unreadable: string[] = [];
    const items = await this.#table.all(SLOTS);
    this.#slots.clear();
    for (const item of items) {
      if (item['key'] === undefined) continue;
      this.#slots.set(String(item['key']), Number(item[TABLE.sortKey]));
      const stored = read(item);
      if (stored === undefined) unreadable.push(String(item['key']));
      else records.push(stored);
    }
    return { records, unreadable };
  }

  async #slotOf(key: JobKey): Promise<number | undefined> {
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const hint = await this.#table.get(JOBS, key);
    return typeof hint?.['slot'] === 'number' ? hint['slot'] : undefined;
  }

  async #find(key: JobKey): Promise<{ readonly item: Item } | undefined> {
    const slot = await this.#slotOf(key);
    if (slot === undefined) return undefined;
    const item = await this.#table.get(SLOTS, sortKey(slot));
    return item?.['key'] === key ? { item } : undefined;
  }

  #recordItem(record: JobRecord, seen: Seen): Item {
    return this.#item({ key: record.key, seen, record: JSON.stringify(record) });
  }

  #item(values: Item): Item {
    return { v: VERSION, ...values, [TABLE.timeToLive]: Math.ceil((this.#now() + KEPT_MS) / 1000) };
  }
}

/** Sorts as its number does. */
const sortKey = (slot: number): string => String(slot).padStart(6, '0');

function isTaken(item: Item | undefined, now: Millis): boolean {
  return item !== undefined && (item['key'] !== undefined || Number(item['until']) > now);
}

const freeAt = (now: Millis): Condition => ({
  expression: 'attribute_not_exists(#key) AND (attribute_not_exists(#until) OR #until <= :now)',
  names: { '#key': 'key', '#until': 'until' },
  values: { ':now': now },
});

// A lapsed reservation that nobody else has taken is still as good as any.
const reservedAs = (id: string): Condition => ({
  expression: '#id = :id',
  names: { '#id': 'id' },
  values: { ':id': id },
});

const isVersion = (key: JobKey, seen: Seen): Condition => ({
  expression: '#key = :key AND #seen = :seen',
  names: { '#key': 'key', '#seen': 'seen' },
  values: { ':key': key, ':seen': seen },
});

/** Undefined: of a version that this code cannot read, or broken. */
function read(item: Item): Stored | undefined {
  const { v, seen, record } = item;
  if ((v !== VERSION && v !== VERSION + 1) || typeof seen !== 'number' || typeof record !== 'string') return undefined;
  const parsed = JobRecordSchema.safeParse(parseJson(record));
  return parsed.success ? { record: parsed.data, seen } : undefined;
}
