// What a deployment may find when it comes: records, leases, payloads, results and messages as version 1 of the code wrote
// them, in ./stored-forms.json. Code that is deployed over it must read every one. So nothing in that file is ever changed
// or taken away, only added to: whoever must change one of these forms raises its version and reads both.
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { DynamoDbJobStore } from '#functions/aws/dynamodb-job-store.ts';
import type { DynamoDbTable } from '#functions/aws/dynamodb-table.ts';
import { parseMessage } from '#functions/completion/parse-message.ts';
import { JobResultSchema } from '#jobs/job-result.ts';
import { LeaseSchema } from '#jobs/lease-rules.ts';
import { LinksSchema, PayloadSchema } from '#jobs/payload.ts';
import { JobRecordSchema } from '#jobs/record.ts';
import { TRANSITIONS } from '#jobs/states.ts';
import { JobSchema } from '#sourcegraph/job.ts';

type Json = Record<string, unknown>;
interface Forms {
  readonly records: readonly Json[];
  readonly endings: readonly Json[];
  readonly lease: Json;
  readonly closedLease: Json;
  readonly job: Json;
  readonly payload: Json;
  readonly outcomes: readonly Json[];
  readonly result: Json;
  readonly messages: readonly Json[];
}
const forms = JSON.parse(readFileSync(new URL('./stored-forms.json', import.meta.url), 'utf8')) as Forms;

/** As the next version may write it. */
const next = (form: Json): Json => ({ ...form, v: 2, addedLater: { deep: [1] } });

const kindOf = (record: Json): string => String((record['state'] as Json)['kind']);
const stopping = forms.records.find((record) => kindOf(record) === 'stopping') as Json;
const records = [
  ...forms.records,
  ...forms.endings.map((then) => ({ ...stopping, state: { ...(stopping['state'] as Json), then } })),
];

describe('records', () => {
  test('of every state', () => {
    expect([...new Set(records.map(kindOf))].sort()).toEqual(Object.keys(TRANSITIONS).sort());
  });

  test.each(records.map((record) => [kindOf(record), record] as const))('%s', (_kind, record) => {
    expect(JobRecordSchema.parse(record)).toEqual(record);
    expect(JobRecordSchema.parse(next(record))).toEqual(next(record));
  });

  test.each([1, 2])('in an item of version %i', async (v) => {
    const items = forms.records.map((record, slot) => ({
      ...{ pk: 'slot', sk: String(slot).padStart(6, '0') },
      ...{ v, key: String(record['key']), seen: 3, record: JSON.stringify(record) },
    }));
    const table = { all: () => Promise.resolve(items) } as unknown as DynamoDbTable;
    const store = new DynamoDbJobStore({ table, now: () => 0, id: () => 'id' });
    const records = forms.records.map((record) => ({ record, seen: 3 }));
    expect(await store.inFlight()).toEqual({ records, unreadable: [] });
  });
});

test('leases', () => {
  expect(LeaseSchema.parse(forms.lease)).toEqual(forms.lease);
  expect(LeaseSchema.parse(forms.closedLease)).toEqual(forms.closedLease);
});

test('kept jobs', () => {
  expect(JobSchema.parse(forms.job)).toEqual(forms.job);
});

test('payloads and links', () => {
  const payload = { ...forms.payload, job: forms.job };
  expect(PayloadSchema.parse(payload)).toEqual(payload);
  expect(PayloadSchema.parse(next(payload))).toEqual({ ...payload, v: 2 });
  expect(LinksSchema.parse(forms.payload['links'])).toEqual(forms.payload['links']);
});

test.each(forms.outcomes)('a result: $kind', (outcome) => {
  const result = { ...forms.result, outcome };
  expect(JobResultSchema.parse(result)).toEqual(result);
  expect(JobResultSchema.parse(next(result))).toEqual({ ...result, v: 2 });
});

test.each(forms.messages)('a message: $kind', (message) => {
  const parsed = { kind: 'messages', messages: [message] };
  expect(parseMessage(JSON.stringify({ v: 1, message }))).toEqual(parsed);
  expect(parseMessage(JSON.stringify(next({ message })))).toEqual(parsed);
});
