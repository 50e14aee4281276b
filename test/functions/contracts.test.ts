// The AWS adapters under the contracts of their interfaces, over the wire.
import { afterAll, beforeAll } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { DynamoDbJobStore } from '#functions/aws/dynamodb-job-store.ts';
import { DynamoDbLeaseStore } from '#functions/aws/dynamodb-lease-store.ts';
import { DynamoDbTable } from '#functions/aws/dynamodb-table.ts';
import { S3PayloadStore } from '#functions/aws/s3-payload-store.ts';
import { SqsResultsQueue } from '#functions/aws/sqs-results-queue.ts';
import { parseMessage } from '#functions/completion/parse-message.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import type { ResultMessage } from '#jobs/world.ts';
import { describeJobStore } from '../contracts/job-store.ts';
import { describeLeaseStore } from '../contracts/lease-store.ts';
import { describePayloadStore } from '../contracts/payload-store.ts';
import { describeResultsQueue } from '../contracts/results-queue.ts';
import { scriptedTask } from '../contracts/scripted-task.ts';
import { describeTaskLauncher } from '../contracts/task-launcher.ts';
import { type DynamoDbDouble, startDynamoDb } from '../doubles/dynamodb.ts';
import { type S3AndSqs, startS3AndSqs } from '../doubles/s3-and-sqs/start.ts';
import { startEcsUnderTest } from './ecs-under-test.ts';

const id = (): string => randomBytes(8).toString('hex');

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(5);
}

let dynamoDb: DynamoDbDouble;
beforeAll(async () => {
  dynamoDb = await startDynamoDb();
});
afterAll(() => dynamoDb.close());

async function table(): Promise<DynamoDbTable> {
  return new DynamoDbTable({ client: dynamoDb.client, name: await dynamoDb.createTable(), stamp: id });
}

describeJobStore('DynamoDB', async () => new DynamoDbJobStore({ table: await table(), now: Date.now, id }));
describeLeaseStore('DynamoDB', async () => new DynamoDbLeaseStore(await table()));

describePayloadStore('S3', async () => {
  const aws = await startS3AndSqs();
  return {
    store: new S3PayloadStore(aws.s3, aws.bucketName),
    told: () => Promise.resolve(aws.notified),
    close: () => aws.close(),
  };
});

/** Receives until it is closed; the first deliveries are left to come again. */
function consume({ sqs, resultsQueueUrl }: S3AndSqs, failures: number) {
  const received: ResultMessage[] = [];
  const closing = new AbortController();
  const loop = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const command = new ReceiveMessageCommand({ QueueUrl: resultsQueueUrl, MaxNumberOfMessages: 10 });
      const { Messages: messages = [] } = await sqs.send(command);
      for (const { Body: body = '', ReceiptHandle: handle } of messages) {
        const parsed = parseMessage(body);
        if (parsed.kind === 'unreadable') throw new Error(parsed.why);
        received.push(...parsed.messages);
        if (received.length <= failures) continue;
        await sqs.send(new DeleteMessageCommand({ QueueUrl: resultsQueueUrl, ReceiptHandle: handle }));
      }
      await sleep(5);
    }
  };
  const ended = loop();
  return {
    received,
    close: async () => {
      closing.abort();
      await ended;
    },
  };
}

describeResultsQueue('SQS', async (failures) => {
  const aws = await startS3AndSqs({ visibilitySeconds: failures > 0 ? 1 : 30 });
  const consumer = consume(aws, failures);
  return {
    queue: new SqsResultsQueue(aws.sqs, aws.resultsQueueUrl),
    delivered: async (count) => {
      await until(() => consumer.received.length >= count);
      return consumer.received;
    },
    close: async () => {
      await consumer.close();
      await aws.close();
    },
  };
});

describeTaskLauncher('ECS', async () => {
  const world = await startEcsUnderTest();
  const stopped: TaskStopped[] = [];
  world.ecs.onStopped((event) => {
    const parsed = parseMessage(JSON.stringify(event));
    if (parsed.kind === 'unreadable') throw new Error(parsed.why);
    for (const message of parsed.messages) if (message.kind === 'task-stopped') stopped.push(message.stopped);
  });
  return {
    launcher: world.launcher,
    definition: scriptedTask({ runner: '' }, 'alpine:3').definition,
    eventually: until,
    stopped: () => stopped,
    close: () => world.close(),
  };
});
