// The next version of the code, as old code meets it while both run side by side at a deploy: its records, payloads and
// results carry the next version number and a field that old code does not know.
import type { JobRecord } from '#jobs/record.ts';
import type { World } from '#jobs/world.ts';

/** Must survive whatever old code does to the record. */
const NEW_FIELD = 'addedByTheNextVersion';

const marked = (record: JobRecord): JobRecord => ({
  ...record,
  v: 2,
  [NEW_FIELD]: record.key,
  state: { ...record.state, ...{ [NEW_FIELD]: record.state.kind } },
});

export const hasNewField = (record: JobRecord): boolean => record[NEW_FIELD] === record.key;

/** Of the state that the record is in. */
export const hasNewFieldInState = ({ state }: JobRecord): boolean =>
  Object.entries(state).some(([name, value]) => name === NEW_FIELD && value === state.kind);

export function nextVersion(world: World): World {
  return {
    ...world,
    jobs: {
      ...world.jobs,
      create: (reservation, record) => world.jobs.create(reservation, marked(record)),
      change: (key, seen, next) => world.jobs.change(key, seen, marked(next)),
    },
    payloads: {
      ...world.payloads,
      write: (attempt, build) =>
        world.payloads.write(attempt, (links, forget) => ({ ...build(links, forget), v: 2, [NEW_FIELD]: attempt })),
    },
  };
}

/** Code that is two versions older: it knows of such a record that it is there, and no more. */
export function twoVersionsOlder(world: World): World {
  return {
    ...world,
    jobs: {
      ...world.jobs,
      get: async (key) => {
        const stored = await world.jobs.get(key);
        if (stored !== 'none' && hasNewField(stored.record)) throw new Error(`the record of ${key} cannot be read`);
        return stored;
      },
      inFlight: async () => {
        const { records, unreadable } = await world.jobs.inFlight();
        const tooNew = records.filter(({ record }) => hasNewField(record)).map(({ record }) => record.key);
        return {
          records: records.filter(({ record }) => !hasNewField(record)),
          unreadable: [...unreadable, ...tooNew],
        };
      },
    },
  };
}
