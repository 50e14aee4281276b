// The account in which the doubles live: a region, and keys that open nothing anywhere.

export const TEST_ACCOUNT = {
  region: 'eu-west-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'test-secret' },
} as const;

/** The same for a child process, as Lambda sets it. */
export const TEST_ACCOUNT_ENVIRONMENT = {
  AWS_REGION: TEST_ACCOUNT.region,
  AWS_ACCESS_KEY_ID: TEST_ACCOUNT.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: TEST_ACCOUNT.credentials.secretAccessKey,
} as const;

export const TEST_CLUSTER_ARN = `arn:aws:ecs:${TEST_ACCOUNT.region}:123456789012:cluster/executors`;
