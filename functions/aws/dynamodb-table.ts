// One DynamoDB table as the stores over it use it: strongly consistent reads, conditional puts and deletes. A call that
// DynamoDB does not answer becomes StoreUnavailable; so does one that it refuses, because a missing permission is no
// fault of the job that met it first.
//
// A write whose answer got lost may be sent twice by the SDK, and the second then fails its own condition. Every item
// therefore bears the stamp of its write: a put that is refused over its own stamp has succeeded.
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { StoreUnavailable } from '#jobs/world.ts';
import { TABLE } from '#settings/storage.ts';
import { callFailure } from './failures.ts';

export type Item = Readonly<Record<string, string | number>>;

export interface Condition {
  /** DynamoDB's condition expression over `#name` and `:value` placeholders. */
  readonly expression: string;
  readonly names: Readonly<Record<`#${string}`, string>>;
  readonly values?: Readonly<Record<`:${string}`, string | number>>;
}

export interface TableOptions {
  readonly client: DynamoDBClient;
  readonly name: string;
  /** Unique at each call. */
  readonly stamp: () => string;
}

const STAMP = 'stamp';

export class DynamoDbTable {
  readonly #client: DynamoDBClient;
  readonly #name: string;
  readonly #stamp: () => string;

  constructor({ client, name, stamp }: TableOptions) {
    this.#client = client;
    this.#name = name;
    this.#stamp = stamp;
  }

  async get(partition: string, sort: string): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.#name, Key: key(partition, sort), ConsistentRead: true });
    const { Item: item } = await answered(this.#client.send(command));
    return item === undefined ? undefined : plain(item);
  }

  async put(partition: string, sort: string, item: Item, condition?: Condition): Promise<'put' | 'refused'> {
    const stamp = this.#stamp();
    const command = new PutItemCommand({
      TableName: this.#name,
      Item: { ...attributes({ ...item, [STAMP]: stamp }), ...key(partition, sort) },
      ...expression(condition),
    });
    if ((await conditional(this.#client.send(command))) === 'done') return 'put';
    const there = await this.get(partition, sort);
    return there?.[STAMP] === stamp ? 'put' : 'refused';
  }

  async delete(partition: string, sort: string, condition?: Condition): Promise<'deleted' | 'refused'> {
    const command = new DeleteItemCommand({
      TableName: this.#name,
      Key: key(partition, sort),
      ...expression(condition),
    });
    return (await conditional(this.#client.send(command))) === 'done' ? 'deleted' : 'refused';
  }

  /** All items of a partition in the order of their sort keys, or only the given attributes of them. */
  async all(partition: string, only: readonly string[] = []): Promise<readonly Item[]> {
    const items: Item[] = [];
    const names = { '#partition': TABLE.partitionKey, ...placeholders(only) };
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await answered(
        this.#client.send(
          new QueryCommand({
            TableName: this.#name,
            ConsistentRead: true,
            KeyConditionExpression: '#partition = :partition',
            ExpressionAttributeNames: names,
            ExpressionAttributeValues: { ':partition': { S: partition } },
            ...(only.length === 0 ? {} : { ProjectionExpression: Object.keys(placeholders(only)).join(', ') }),
            ...(from === undefined ? {} : { ExclusiveStartKey: from }),
          }),
        ),
      );
      items.push(...(page.Items ?? []).map(plain));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return items;
  }
}

const placeholders = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`#${name}`, name]));

const key = (partition: string, sort: string): Record<string, AttributeValue> => ({
  [TABLE.partitionKey]: { S: partition },
  [TABLE.sortKey]: { S: sort },
});

async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw unavailable(error);
  }
}

async function conditional(call: Promise<unknown>): Promise<'done' | 'refused'> {
  try {
    await call;
    return 'done';
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return 'refused';
    throw unavailable(error);
  }
}

function unavailable(error: unknown): Error {
  const failure = callFailure(error);
  // An item that is too large, or a wrong expression, is our own fault, and would be so at each later try.
  if (failure.kind === 'refused' && failure.name === 'ValidationException') return error as Error;
  return new StoreUnavailable(failure.message, { cause: error });
}

function expression(condition: Condition | undefined): object {
  if (condition === undefined) return {};
  return {
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: condition.names,
    ...(condition.values === undefined ? {} : { ExpressionAttributeValues: attributes(condition.values) }),
  };
}

function attributes(item: Item): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      typeof value === 'string' ? { S: value } : { N: String(value) },
    ]),
  );
}

function plain(item: Record<string, AttributeValue>): Item {
  const values: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(item)) {
    if (value.S !== undefined) values[name] = value.S;
    else if (value.N !== undefined) values[name] = Number(value.N);
  }
  return values;
}
