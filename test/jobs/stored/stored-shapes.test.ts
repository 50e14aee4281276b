// What an earlier version of this code has stored must be read by this one: records and the lease in DynamoDB, payloads,
// links, results and kept jobs in S3, our own messages in SQS. At every deploy old and new code run side by side, and a
// stored object may be days old. The files in v1/ and its like hold such objects, as the code of that version wrote them.
//
// Files that are there are never edited and never made anew: what they hold lies in somebody's account. If a test here
// fails, do this:
// - a stored object is not read, or not as it was written: make the schema read it again. A field that was optional stays
//   so, a name stays, a value that was allowed stays allowed.
// - a field, a variant or a value of the schema is in no file: add a file to the newest folder, named for what is new
//   (such as objects-with-logins.json), with objects that have it and, for an optional field, objects that lack it.
//   A new kind of failure is such a value; of all values it is the only one that code may read without knowing it.
// - the form itself changes (`v`): make a folder of that version. Readers accept their own version and the next one, with
//   fields that they do not know, so it is read for one version before it is written.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type * as core from 'zod/v4/core';
import { DynamoDbJobStore } from '#functions/aws/dynamodb-job-store.ts';
import { DynamoDbLeaseStore } from '#functions/aws/dynamodb-lease-store.ts';
import { DynamoDbTable } from '#functions/aws/dynamodb-table.ts';
import { S3PayloadStore } from '#functions/aws/s3-payload-store.ts';
import { SqsResultsQueue } from '#functions/aws/sqs-results-queue.ts';
import { OwnMessageSchema, parseMessage } from '#functions/completion/parse-message.ts';
import { JobResultSchema } from '#jobs/job-result.ts';
import { parseAttemptId, parseJobKey } from '#jobs/keys.ts';
import { LeaseSchema } from '#jobs/lease-rules.ts';
import { LinksSchema, type Payload, PayloadSchema } from '#jobs/payload.ts';
import { type JobRecord, JobRecordSchema } from '#jobs/record.ts';
import type { ResultMessage } from '#jobs/world.ts';
import { type Job, JobSchema } from '#sourcegraph/job.ts';
import { type DynamoDbDouble, startDynamoDb } from '../../doubles/dynamodb.ts';
import { type S3AndSqs, startS3AndSqs } from '../../doubles/s3-and-sqs/start.ts';
import { coverage } from './schema-coverage.ts';

/** An item of the table; what lies in it as JSON text is an object here. */
type StoredItem = Readonly<Record<string, string | number | object>> & {
  readonly pk: string;
  readonly sk: string;
};
interface RecordItem {
  readonly seen: number;
  readonly record: JobRecord;
}
interface OwnMessage {
  readonly v: number;
  readonly message: ResultMessage;
}

const FOLDERS = readdirSync(import.meta.dirname)
  .filter((name) => /^v\d+$/.test(name))
  .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
const NEWEST = FOLDERS.at(-1) ?? '';

/** The contents of all files of a folder whose names begin so. */
function contents(folder: string, kind: 'items' | 'objects' | 'messages'): readonly unknown[] {
  const inFolder = path.join(import.meta.dirname, folder);
  return readdirSync(inFolder)
    .filter((name) => name.startsWith(kind))
    .map((name) => JSON.parse(readFileSync(path.join(inFolder, name), 'utf8')) as unknown);
}
const itemFiles = (folder: string) => contents(folder, 'items') as readonly (readonly StoredItem[])[];
const objects = (folder: string) =>
  (contents(folder, 'objects') as readonly Record<string, object>[]).flatMap(Object.entries<object>);
const messages = (folder: string) => (contents(folder, 'messages') as readonly (readonly OwnMessage[])[]).flat();

const isRecord = (item: object): item is RecordItem & StoredItem => 'record' in item;
const recordsIn = (items: readonly StoredItem[]): readonly RecordItem[] => items.filter(isRecord);

/** Objects of the bucket by what they are, which their keys say. */
function ofKind(folder: string, key: RegExp): readonly { readonly name: string; readonly value: object }[] {
  return objects(folder).flatMap(([found, value]) => {
    const name = key.exec(found)?.[1];
    return name === undefined ? [] : [{ name, value }];
  });
}
const PAYLOAD = /^attempts\/(.+)\/payload\.json$/;
const LINKS = /^attempts\/(.+)\/urls\.json$/;
const RESULT = /^attempts\/(.+)\/result\.json$/;
const KEPT_JOB = /^jobs\/(.+)\.json$/;

/** As the version after it may write it. */
const next = <T extends object>(stored: T & { readonly v?: unknown }): T & { readonly v: number } => ({
  ...stored,
  v: Number(stored.v) + 1,
  addedLater: { deep: [1] },
});

let dynamoDb: DynamoDbDouble;
let aws: S3AndSqs;
beforeAll(async () => {
  [dynamoDb, aws] = await Promise.all([startDynamoDb(), startS3AndSqs()]);
});
afterAll(() => Promise.all([dynamoDb.close(), aws.close()]));

/** A table that holds these items. */
async function tableOf(items: readonly StoredItem[]): Promise<DynamoDbTable> {
  const name = await dynamoDb.createTable();
  for (const item of items) {
    const attributes = Object.entries(item).map(([field, value]) => [
      field,
      typeof value === 'number'
        ? { N: String(value) }
        : { S: typeof value === 'string' ? value : JSON.stringify(value) },
    ]);
    const Item = Object.fromEntries(attributes) as Record<string, { readonly S: string } | { readonly N: string }>;
    await dynamoDb.client.send(new PutItemCommand({ TableName: name, Item }));
  }
  let stamps = 0;
  return new DynamoDbTable({ client: dynamoDb.client, name, stamp: () => `mine-${(stamps += 1)}` });
}

const jobStore = (table: DynamoDbTable): DynamoDbJobStore =>
  new DynamoDbJobStore({ table, now: Date.now, id: () => 'mine' });

const put = (key: string, body: object): Promise<unknown> =>
  aws.s3.send(new PutObjectCommand({ Bucket: aws.bucketName, Key: key, Body: JSON.stringify(body) }));

async function bodyOf(key: string): Promise<unknown> {
  const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket: aws.bucketName, Key: key }));
  return JSON.parse((await Body?.transformToString()) ?? '');
}

function attemptOf(name: string) {
  const parsed = parseAttemptId(name);
  if (parsed.kind === 'unknown') throw new Error(`${name} names no attempt`);
  return parsed.id;
}
function keyOf(name: string) {
  const parsed = parseJobKey(name);
  if (parsed.kind === 'unknown') throw new Error(`${name} names no job`);
  return parsed.key;
}

describe.each(FOLDERS)('what %s has stored is read as it was written', (folder) => {
  test('records, each of which can be changed', async () => {
    for (const items of itemFiles(folder)) {
      const table = await tableOf(items);
      const expected = recordsIn(items).map(({ record, seen }) => ({ record, seen }));
      expect(await jobStore(table).inFlight()).toEqual({ records: expected, unreadable: [] });
      for (const { record, seen } of expected) {
        // One that has not read them all finds it by its key.
        const store = jobStore(table);
        expect(await store.get(record.key)).toEqual({ record, seen });
        expect(await store.change(record.key, seen, { ...record, strikes: record.strikes + 1 })).toBe('changed');
      }
    }
  });

  test('reservations, which hold their slot and become a record', async () => {
    const [file, items] = itemFiles(folder).flatMap((all) => {
      const reserved = all.find((item) => 'until' in item);
      return reserved === undefined ? [] : [reserved, all];
    }) as [StoredItem & { readonly id: string; readonly until: number }, readonly StoredItem[]];
    const store = jobStore(await tableOf(items));
    const slot = Number(file.sk);
    expect((await store.reserve(1, slot + 2, file.until + 60_000, file.until - 1)).map((one) => one.slot)).toEqual([
      slot + 1,
    ]);
    const [{ record }] = recordsIn(items) as [RecordItem];
    const next = { ...record, key: keyOf('batches/1/0123456789ab') };
    expect(await store.create({ slot, id: file.id, until: file.until }, next)).toBe('created');
  });

  test('the lease', async () => {
    for (const items of itemFiles(folder)) {
      const lease = items.find((item) => 'lease' in item)?.['lease'];
      expect(await new DynamoDbLeaseStore(await tableOf(items)).read()).toEqual(lease);
    }
  });

  test('payloads and links', () => {
    for (const { value } of ofKind(folder, PAYLOAD)) expect(PayloadSchema.parse(value)).toEqual(value);
    for (const { value } of ofKind(folder, LINKS)) expect(LinksSchema.parse(value)).toEqual(value);
  });

  test('results and kept jobs', async () => {
    const store = new S3PayloadStore(aws.s3, aws.bucketName);
    for (const [key, value] of objects(folder)) await put(key, value);
    for (const { name, value } of ofKind(folder, RESULT)) expect(await store.result(attemptOf(name))).toEqual(value);
    for (const { name, value } of ofKind(folder, KEPT_JOB)) expect(await store.loadJob(keyOf(name))).toEqual(value);
  });

  test('messages', () => {
    for (const body of messages(folder)) {
      expect(parseMessage(JSON.stringify(body))).toEqual({ kind: 'messages', messages: [body.message] });
    }
  });
});

describe(`the code of today writes what is in ${NEWEST}`, () => {
  test('records, and where they are', async () => {
    const items = itemFiles(NEWEST).flat();
    const fields = (item: object | undefined): readonly string[] => Object.keys(item ?? {}).sort();
    for (const stored of items.filter(isRecord)) {
      const { key } = stored.record;
      const table = await tableOf([]);
      const store = jobStore(table);
      const [reservation] = await store.reserve(1, 1, 2, 1);
      if (reservation === undefined) throw new Error('no room');
      expect(await store.create(reservation, stored.record)).toBe('created');
      const written = await table.get(stored.pk, '000000');
      expect(fields(written)).toEqual(fields(stored));
      expect(written).toMatchObject({ v: stored['v'], key: stored['key'] });
      expect(JSON.parse(String(written?.['record']))).toEqual(stored.record);
      const hint = items.find((item) => item.sk === key);
      expect(fields(await table.get(hint?.pk ?? '', key))).toEqual(fields(hint));
    }
  });

  test('payloads and kept jobs', async () => {
    const store = new S3PayloadStore(aws.s3, aws.bucketName);
    for (const { name, value } of ofKind(NEWEST, PAYLOAD)) {
      await put(`attempts/${name}/payload.json`, {});
      await store.write(attemptOf(name), () => value as Payload);
      expect(await bodyOf(`attempts/${name}/payload.json`)).toEqual(value);
      expect(Object.keys((await bodyOf(`attempts/${name}/urls.json`)) as object)).toEqual(['result', 'renewed']);
    }
    for (const { name, value } of ofKind(NEWEST, KEPT_JOB)) {
      await put(`jobs/${name}.json`, {});
      await store.saveJob(keyOf(name), value as Job);
      expect(await bodyOf(`jobs/${name}.json`)).toEqual(value);
    }
  });

  test('messages', async () => {
    const queue = new SqsResultsQueue(aws.sqs, aws.resultsQueueUrl);
    const wanted = messages(NEWEST);
    for (const { message } of wanted) expect(await queue.send(message)).toBe('sent');
    const received: unknown[] = [];
    while (received.length < wanted.length) {
      const command = new ReceiveMessageCommand({ QueueUrl: aws.resultsQueueUrl, MaxNumberOfMessages: 10 });
      const { Messages: all = [] } = await aws.sqs.send(command);
      for (const { Body: body = '', ReceiptHandle: handle } of all) {
        await aws.sqs.send(new DeleteMessageCommand({ QueueUrl: aws.resultsQueueUrl, ReceiptHandle: handle }));
        const json = JSON.parse(body) as object;
        // The bucket's own notifications of results come as well.
        if (!('Records' in json)) received.push(json);
      }
      await sleep(5);
    }
    expect(received).toHaveLength(wanted.length);
    expect(received).toEqual(expect.arrayContaining([...wanted]));
  });
});

describe(`what the version after ${NEWEST} stores is read by the code of today`, () => {
  test('records, of which nothing is lost', async () => {
    for (const items of itemFiles(NEWEST)) {
      const stored = items.filter(isRecord).map((item) => next({ ...item, record: next(item.record) }));
      const store = jobStore(await tableOf(stored));
      const records = stored.map(({ record, seen }) => ({ record, seen }));
      expect(await store.inFlight()).toEqual({ records, unreadable: [] });
    }
  });

  test('records of a kind of failure that is yet unknown, which counts as internal', () => {
    const renamed = (record: JobRecord, failure: string): JobRecord =>
      JSON.parse(JSON.stringify(record).replaceAll(/"failure":"[^"]+"/g, `"failure":"${failure}"`)) as JobRecord;
    const failed = recordsIn(itemFiles(NEWEST).flat()).filter(({ record }) =>
      JSON.stringify(record).includes('"failure"'),
    );
    const kinds = failed.map(({ record }) => record.state.kind);
    expect(kinds).toEqual(expect.arrayContaining(['launching', 'stopping', 'finished']));
    for (const { record } of failed) {
      expect(JobRecordSchema.parse(renamed(record, 'weather'))).toEqual(renamed(record, 'internal'));
    }
  });

  test('payloads, results and messages, of which the known is taken', () => {
    for (const [key, schema] of [
      [PAYLOAD, PayloadSchema],
      [RESULT, JobResultSchema],
    ] as const) {
      for (const { value } of ofKind(NEWEST, key)) {
        expect(schema.parse(next(value))).toEqual({ ...value, v: next(value).v });
      }
    }
    for (const body of messages(NEWEST)) {
      expect(parseMessage(JSON.stringify(next(body)))).toEqual({ kind: 'messages', messages: [body.message] });
    }
  });
});

const everyItem = FOLDERS.flatMap(itemFiles).flat();
const values = (key: RegExp) => FOLDERS.flatMap((folder) => ofKind(folder, key).map(({ value }) => value));

test.each<[string, core.$ZodType, readonly unknown[]]>([
  ['record', JobRecordSchema, recordsIn(everyItem).map(({ record }) => record)],
  ['lease', LeaseSchema, everyItem.flatMap((item) => item['lease'] ?? [])],
  ['payload', PayloadSchema, values(PAYLOAD)],
  ['links', LinksSchema, [...values(LINKS), ...(values(PAYLOAD) as Payload[]).map(({ links }) => links)]],
  ['job', JobSchema, values(KEPT_JOB)],
  ['result', JobResultSchema, values(RESULT)],
  ['message', OwnMessageSchema, FOLDERS.flatMap(messages)],
])('%s: all that its schema knows is in the files, and they hold nothing else', (name, schema, stored) => {
  expect(coverage(name, schema, stored)).toEqual({ unseen: [], unknown: [] });
});
