// The one queue that completion works on, and who writes to it: the bucket (results), EventBridge (stopped tasks) and the
// dispatcher. What cannot be handled ends in a dead-letter queue, and what EventBridge cannot deliver in another.
import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { BUCKET } from '#settings/storage.ts';
import { acknowledge } from './acknowledge.ts';
import { COMPLETION_TIMEOUT } from './completion-timeout.ts';
import { deadEventsQueueName, deadResultsQueueName, resultsQueueName } from '#settings/pool-names.ts';

/** Receives before a message counts as poison; below five, a throttled function alone would use them up. */
const RECEIVES_MAX = 5;

export interface QueuesProps {
  readonly poolName: string;
  readonly clusterArn: string;
  readonly removalPolicy: RemovalPolicy;
}

export class ExecutorQueues extends Construct {
  readonly results: sqs.Queue;
  readonly deadResults: sqs.Queue;
  readonly deadEvents: sqs.Queue;

  constructor(scope: Construct, id: string, props: QueuesProps) {
    super(scope, id);
    const { poolName, removalPolicy } = props;
    const common = { enforceSSL: true, encryption: sqs.QueueEncryption.SQS_MANAGED, removalPolicy };
    // The age counts from the first queue: the second must keep a message longer than the first, or it keeps none.
    this.deadResults = new sqs.Queue(this, 'DeadResults', {
      ...common,
      queueName: deadResultsQueueName(poolName),
      retentionPeriod: Duration.days(14),
    });
    this.deadEvents = new sqs.Queue(this, 'DeadEvents', {
      ...common,
      queueName: deadEventsQueueName(poolName),
      retentionPeriod: Duration.days(14),
    });
    acknowledge(this.deadEvents, 'AwsSolutions-SQS3', 'It is the dead-letter queue of the EventBridge rule.');
    this.results = new sqs.Queue(this, 'Results', {
      ...common,
      queueName: resultsQueueName(poolName),
      retentionPeriod: Duration.days(4),
      visibilityTimeout: Duration.seconds(COMPLETION_TIMEOUT.toSeconds() * 6),
      deadLetterQueue: { queue: this.deadResults, maxReceiveCount: RECEIVES_MAX },
    });
    this.#sendStoppedTasks(props);
  }

  #sendStoppedTasks({ poolName, clusterArn }: QueuesProps): void {
    new events.Rule(this, 'StoppedTasks', {
      ruleName: `${poolName}-stopped-tasks`,
      description: `Stopped tasks of the executor pool ${poolName}, to its results queue`,
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Task State Change'],
        // Others may run tasks in a cluster that was given; the group names the family, and the family the pool.
        detail: { clusterArn: [clusterArn], lastStatus: ['STOPPED'], group: [{ prefix: `family:${poolName}-` }] },
      },
      targets: [new targets.SqsQueue(this.results, { deadLetterQueue: this.deadEvents })],
    });
  }

  /**
   * Tells of each stored result. Written on the bucket itself: the library's own way is a custom resource that may
   * change the notifications of every bucket.
   */
  sendResultsOf(bucket: s3.Bucket): void {
    const stack = Stack.of(this);
    this.results.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'ResultsOfTheBucket',
        actions: ['sqs:SendMessage'],
        principals: [new iam.ServicePrincipal('s3.amazonaws.com')],
        resources: [this.results.queueArn],
        // The bucket cannot be named: it is made after this policy, because S3 tries the queue when it is made.
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
    );
    const resource = bucket.node.defaultChild as s3.CfnBucket;
    resource.notificationConfiguration = {
      queueConfigurations: [
        {
          event: 's3:ObjectCreated:Put',
          queue: this.results.queueArn,
          filter: {
            s3Key: {
              rules: [
                { name: 'prefix', value: BUCKET.attempts },
                { name: 'suffix', value: BUCKET.resultSuffix },
              ],
            },
          },
        },
      ],
    };
    const policy = this.results.node.findChild('Policy').node.defaultChild as sqs.CfnQueuePolicy;
    resource.addResourceDependency(policy);
  }
}
