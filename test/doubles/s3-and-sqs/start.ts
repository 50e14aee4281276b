// S3 and SQS on loopback ports (fauxqs, in this process), the bucket's notifications going to the results queue as the
// stack sets them up.
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { deadEventsQueueName, deadResultsQueueName, resultsQueueName } from '#settings/pool-names.ts';
import { BUCKET } from '#settings/storage.ts';
import { BULK, QUICK } from '#functions/aws/client-settings.ts';
import { TEST_ACCOUNT } from '../test-account.ts';
import { startStrictS3 } from './strict-s3.ts';

/** Of the pool in the deployments of tests. */
const POOL = 'executor';
const RESULTS_QUEUE = resultsQueueName(POOL);
const DEAD_LETTERS = deadResultsQueueName(POOL);
const BUCKET_NAME = 'payloads';

export interface S3AndSqs {
  readonly s3Url: string;
  readonly sqsUrl: string;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly bucketName: string;
  readonly resultsQueueUrl: string;
  /** Puts a message of another service into the results queue. */
  sendResult(body: string): void;
  /** Puts a message where those lie that nobody could handle. */
  sendDeadLetter(body: string): void;
  /** Bodies of the messages that nobody could handle. */
  deadLetters(): readonly string[];
  /** Messages of the results queue that are not acknowledged. */
  unacknowledged(): number;
  /** Attempts whose result the bucket has notified of. */
  readonly notified: readonly string[];
  /** Moves the clock by which presigned URLs are judged. */
  advance(ms: number): void;
  close(): Promise<void>;
}

export interface S3AndSqsOptions {
  /** Seconds until a message that was not deleted comes again. @default 30 */
  readonly visibilitySeconds?: number;
  /** Receives before a message is dead. @default 5 */
  readonly receivesMax?: number;
}

export async function startS3AndSqs(options: S3AndSqsOptions = {}): Promise<S3AndSqs> {
  const server = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1', defaultRegion: TEST_ACCOUNT.region });
  const behind = `http://127.0.0.1:${server.port}`;
  const clock = { offset: 0 };
  const notified: string[] = [];
  const strict = await startStrictS3({
    behind,
    now: () => Date.now() + clock.offset,
    onCreated: (bucket, key) => {
      if (!key.startsWith(BUCKET.attempts) || !key.endsWith(BUCKET.resultSuffix)) return;
      notified.push(decodeURIComponent(key.slice(BUCKET.attempts.length, -BUCKET.resultSuffix.length)));
      server.sendMessage(RESULTS_QUEUE, JSON.stringify(notification(bucket, key)), { region: TEST_ACCOUNT.region });
    },
  });
  const resultsQueueUrl = createQueues(server, behind, options);
  server.createBucket(BUCKET_NAME);
  const s3 = new S3Client({
    ...TEST_ACCOUNT,
    ...BULK,
    endpoint: strict.url,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    forcePathStyle: true,
  });
  const sqs = new SQSClient({ ...TEST_ACCOUNT, ...QUICK, endpoint: behind });
  return {
    s3Url: strict.url,
    sqsUrl: behind,
    s3,
    sqs,
    bucketName: BUCKET_NAME,
    resultsQueueUrl,
    sendResult: (body) => void server.sendMessage(RESULTS_QUEUE, body, { region: TEST_ACCOUNT.region }),
    sendDeadLetter: (body) => void server.sendMessage(DEAD_LETTERS, body, { region: TEST_ACCOUNT.region }),
    deadLetters: () => (server.inspectQueue(DEAD_LETTERS)?.messages.ready ?? []).map(({ body }) => body),
    unacknowledged: () => {
      const { ready = [], delayed = [], inflight = [] } = server.inspectQueue(RESULTS_QUEUE)?.messages ?? {};
      return ready.length + delayed.length + inflight.length;
    },
    notified,
    advance: (ms) => {
      clock.offset += ms;
    },
    close: async () => {
      s3.destroy();
      sqs.destroy();
      await strict.close();
      await server.stop();
    },
  };
}

function createQueues(server: FauxqsServer, behind: string, options: S3AndSqsOptions): string {
  const { region } = TEST_ACCOUNT;
  const dead = server.createQueue(DEAD_LETTERS, { region });
  server.createQueue(deadEventsQueueName(POOL), { region });
  const redrive = { deadLetterTargetArn: dead.queueArn, maxReceiveCount: options.receivesMax ?? 5 };
  const { queueUrl } = server.createQueue(RESULTS_QUEUE, {
    region,
    attributes: {
      VisibilityTimeout: String(options.visibilitySeconds ?? 30),
      RedrivePolicy: JSON.stringify(redrive),
    },
  });
  // Its host and port are not where fauxqs listens; account and name are what it looks at.
  return `${behind}/${queueUrl.split('/').slice(-2).join('/')}`;
}

/** As S3 writes it; source: Amazon S3 User Guide, "Event message structure". */
function notification(bucket: string, key: string): object {
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: TEST_ACCOUNT.region,
        eventTime: new Date().toISOString(),
        eventName: 'ObjectCreated:Put',
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'results',
          bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
          object: { key: encodeURIComponent(decodeURIComponent(key)).replaceAll('%2F', '/'), size: 1 },
        },
      },
    ],
  };
}
