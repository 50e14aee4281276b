// Our own messages to completion, through the queue that S3 and EventBridge write to as well.
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { ResultMessage, ResultsQueue, Throttled, Unreachable } from '#jobs/world.ts';
import { callFailure } from './failures.ts';

/** Readers accept this version and the next one. */
const MESSAGE_VERSION = 1;

export class SqsResultsQueue implements ResultsQueue {
  readonly #client: SQSClient;
  readonly #queueUrl: string;

  constructor(client: SQSClient, queueUrl: string) {
    this.#client = client;
    this.#queueUrl = queueUrl;
  }

  async send(message: ResultMessage): Promise<'sent' | Throttled | Unreachable> {
    const body = JSON.stringify({ v: MESSAGE_VERSION, message });
    try {
      await this.#client.send(new SendMessageCommand({ QueueUrl: this.#queueUrl, MessageBody: body }));
      return 'sent';
    } catch (error) {
      const failure = callFailure(error);
      return failure.kind === 'throttled' ? failure : { kind: 'unreachable', message: failure.message };
    }
  }
}
