// What a pool keeps while jobs are in flight: the table of records and lease, and the bucket of payloads and results.
// Nothing in them outlives a job; what a crash leaves behind expires by itself.
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { BUCKET, TABLE } from '#settings/storage.ts';
import { acknowledge } from './acknowledge.ts';

export class ExecutorStore extends Construct {
  readonly table: dynamodb.Table;
  readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string, removalPolicy: RemovalPolicy) {
    super(scope, id);
    this.table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: TABLE.partitionKey, type: dynamodb.AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: TABLE.timeToLive,
      removalPolicy,
    });
    acknowledge(
      this.table,
      'AwsSolutions-DDB3',
      'Records live as long as a job; restoring old ones would only confuse Sourcegraph.',
    );
    this.bucket = new s3.Bucket(this, 'Bucket', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // Jobs are limited to hours. Payloads are deleted as soon as they are read; this is for what a crash leaves.
      lifecycleRules: [
        { prefix: BUCKET.attempts, expiration: Duration.days(3) },
        { prefix: BUCKET.jobs, expiration: Duration.days(3) },
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy,
      autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
    });
    acknowledge(
      this.bucket,
      'AwsSolutions-S1',
      'Objects live minutes and each access is by a URL of one job; access logs would outlive them.',
    );
  }
}
