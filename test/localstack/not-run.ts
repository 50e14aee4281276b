// What the tests on LocalStack leave open, told after each run; docs/verify-on-aws.md says how each is to be seen.

/** Deployed as if they were there; LocalStack has nothing behind them. */
export const UNSUPPORTED_TYPES = [
  'AWS::CloudWatch::Dashboard',
  'AWS::ECS::Cluster',
  'AWS::Logs::QueryDefinition',
  'Custom::ExecutorGate',
  'Custom::S3AutoDeleteObjects',
];

export const NOT_RUN = [
  `not made, as LocalStack does not know them: ${UNSUPPORTED_TYPES.join(', ')}`,
  'ECS and Fargate: calls went to the ECS double of the tests, tasks ran on the process engine',
  'the schedule does not fire: the tests read it back and called its target with its input',
  'custom resources are not called: the tests called the gate as CloudFormation does, and nobody emptied the bucket',
  'permissions are not enforced: roles and policies were made, and nobody was refused',
  'Lambda ran as processes of this machine: no ARM64, no limit of memory, no freezing between invocations',
  'left out of what was made: retention of log groups, expiry rules of the bucket',
  'metrics of the embedded format, the saved queries and alarms on them, expiry of items',
];
