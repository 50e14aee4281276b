// Lambda's poller between a queue and a function: batches in, and only those messages deleted that the function did not
// name as failed. Source: AWS Lambda Developer Guide, "Handling errors for an SQS event source".
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageCommand, ReceiveMessageCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { Lambda } from './lambda.ts';

const ResponseSchema = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

export interface EventSourceMapping {
  close(): Promise<void>;
}

export function mapEventSource(sqs: SQSClient, queueUrl: string, lambda: Lambda): EventSourceMapping {
  const closing = new AbortController();
  const poll = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const command = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['All'],
      });
      const { Messages: messages = [] } = await sqs.send(command);
      if (messages.length > 0) await deliver(sqs, queueUrl, lambda, messages);
      await sleep(20);
    }
  };
  const ended = poll();
  return {
    close: async () => {
      closing.abort();
      await ended;
    },
  };
}

async function deliver(sqs: SQSClient, queueUrl: string, lambda: Lambda, messages: readonly Message[]): Promise<void> {
  const records = messages.map(({ MessageId, ReceiptHandle, Body, Attributes }) => ({
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes ?? {},
    messageAttributes: {},
    eventSource: 'aws:sqs',
  }));
  const invoked = await lambda.invoke({ Records: records });
  if (invoked.kind === 'error') return;
  const failed = new Set(
    ResponseSchema.parse(invoked.payload).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
  );
  for (const { MessageId = '', ReceiptHandle } of messages) {
    if (failed.has(MessageId)) continue;
    await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
  }
}
