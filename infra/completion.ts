// Completion and its source, the results queue: the only place that marks jobs.
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { COMPLETION_TIMEOUT } from './completion-timeout.ts';
import { type ExecutorFunctionProps, makeFunction } from './function.ts';
import { allow } from './permissions.ts';
import type { ExecutorQueues } from './queues.ts';

const BATCH_SIZE = 10;

export interface CompletionProps extends Omit<
  ExecutorFunctionProps,
  'part' | 'description' | 'timeout' | 'memoryMb' | 'reservedConcurrency'
> {
  readonly queues: ExecutorQueues;
  readonly concurrency: number;
}

export class Completion extends Construct {
  readonly function: lambda.Function;

  constructor(scope: Construct, id: string, { queues, concurrency, ...props }: CompletionProps) {
    super(scope, id);
    this.function = makeFunction(this, {
      ...props,
      part: 'completion',
      description: `Marks jobs in Sourcegraph when their tasks have ended (pool ${props.poolName})`,
      timeout: COMPLETION_TIMEOUT,
      memoryMb: 256,
      reservedConcurrency: undefined,
      grants: [
        ...props.grants,
        allow({
          sid: 'Results',
          actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
          resources: [queues.results.queueArn],
        }),
      ],
    });
    this.function.addEventSource(
      new SqsEventSource(queues.results, {
        batchSize: BATCH_SIZE,
        maxConcurrency: concurrency,
        reportBatchItemFailures: true,
      }),
    );
  }
}
