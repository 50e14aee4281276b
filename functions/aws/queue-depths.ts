// How many messages wait in the queues of a pool. SQS counts roughly, and a moment late.
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { deadEventsQueueName, deadResultsQueueName, resultsQueueName } from '#settings/pool-names.ts';

export interface QueueDepths {
  readonly results: number;
  /** What completion could not handle. */
  readonly deadResults: number;
  /** Stopped tasks that EventBridge could not deliver. */
  readonly deadEvents: number;
}

/** The URLs of all three differ in their last part, the queue's name. */
export async function readQueueDepths(client: SQSClient, poolName: string, resultsUrl: string): Promise<QueueDepths> {
  const depth = async (name: string): Promise<number> => {
    const QueueUrl = resultsUrl.replace(/[^/]*$/, name);
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] });
    const { Attributes } = await client.send(command);
    return Number(Attributes?.['ApproximateNumberOfMessages'] ?? 0);
  };
  const [results, deadResults, deadEvents] = await Promise.all([
    depth(resultsQueueName(poolName)),
    depth(deadResultsQueueName(poolName)),
    depth(deadEventsQueueName(poolName)),
  ]);
  return { results, deadResults, deadEvents };
}
