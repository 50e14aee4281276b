// DynamoDB on a loopback port (dynalite, in this process), with tables of the stack's shape. It knows no transactions and
// expires nothing.
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { TABLE } from '#settings/storage.ts';
import { TEST_ACCOUNT } from './test-account.ts';

export interface DynamoDbDouble {
  readonly url: string;
  readonly client: DynamoDBClient;
  /** A new, empty table; resolves to its name. */
  createTable(): Promise<string>;
  close(): Promise<void>;
}

export async function startDynamoDb(): Promise<DynamoDbDouble> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({ ...TEST_ACCOUNT, endpoint: url });
  let tables = 0;
  return {
    url,
    client,
    createTable: async () => {
      tables += 1;
      const name = `table-${tables}`;
      await client.send(
        new CreateTableCommand({
          TableName: name,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [TABLE.partitionKey, TABLE.sortKey].map((AttributeName) => ({
            AttributeName,
            AttributeType: 'S' as const,
          })),
          KeySchema: [
            { AttributeName: TABLE.partitionKey, KeyType: 'HASH' },
            { AttributeName: TABLE.sortKey, KeyType: 'RANGE' },
          ],
        }),
      );
      // It answers before the table can be used.
      await waitUntilTableExists({ client, minDelay: 0.005, maxDelay: 0.02, maxWaitTime: 10 }, { TableName: name });
      return name;
    },
    close: async () => {
      client.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
