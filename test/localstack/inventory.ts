// All that an account holds of what the stack makes, by kind and name, so that what a stack leaves behind can be seen.
import { ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { ListPoliciesCommand, ListRolesCommand } from '@aws-sdk/client-iam';
import { ListEventSourceMappingsCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { ListSchedulesCommand } from '@aws-sdk/client-scheduler';
import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { ACCOUNT_ENVIRONMENT, type Account, REGION } from './account.ts';

type Names = readonly (string | undefined)[] | undefined;

/** Sorted, each as `kind name`. An account of the tests is small: no listing has a second page. */
export async function inventory(url: string, account: Account): Promise<readonly string[]> {
  const { cloudFormation, cloudWatch, dynamoDb, events, iam, lambda, logs, s3, scheduler, secrets, sqs } = account;
  const listings: Readonly<Record<string, Promise<Names>>> = {
    stack: cloudFormation
      .send(new ListStacksCommand({ StackStatusFilter: ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'DELETE_FAILED'] }))
      .then(({ StackSummaries: all }) => all?.map(({ StackName }) => StackName)),
    alarm: cloudWatch
      .send(new DescribeAlarmsCommand({}))
      .then(({ MetricAlarms: all }) => all?.map(({ AlarmName }) => AlarmName)),
    table: dynamoDb.send(new ListTablesCommand({})).then(({ TableNames }) => TableNames),
    rule: events.send(new ListRulesCommand({})).then(({ Rules: all }) => all?.map(({ Name }) => Name)),
    role: iam.send(new ListRolesCommand({})).then(({ Roles: all }) => all?.map(({ RoleName }) => RoleName)),
    policy: iam
      .send(new ListPoliciesCommand({ Scope: 'Local' }))
      .then(({ Policies: all }) => all?.map(({ PolicyName }) => PolicyName)),
    function: lambda
      .send(new ListFunctionsCommand({}))
      .then(({ Functions: all }) => all?.map(({ FunctionName }) => FunctionName)),
    mapping: lambda
      .send(new ListEventSourceMappingsCommand({}))
      .then(({ EventSourceMappings: all }) => all?.map(({ FunctionArn }) => FunctionArn)),
    'log group': logs
      .send(new DescribeLogGroupsCommand({}))
      .then(({ logGroups }) => logGroups?.map(({ logGroupName }) => logGroupName)),
    bucket: s3.send(new ListBucketsCommand({})).then(({ Buckets: all }) => all?.map(({ Name }) => Name)),
    schedule: scheduler.send(new ListSchedulesCommand({})).then(({ Schedules: all }) => all?.map(({ Name }) => Name)),
    secret: secrets.send(new ListSecretsCommand({})).then(({ SecretList: all }) => all?.map(({ Name }) => Name)),
    queue: sqs.send(new ListQueuesCommand({})).then(({ QueueUrls }) => QueueUrls?.map((one) => one.split('/').at(-1))),
    vpc: ec2(url, 'DescribeVpcs', 'vpcId'),
    subnet: ec2(url, 'DescribeSubnets', 'subnetId'),
    'security group': ec2(url, 'DescribeSecurityGroups', 'groupId'),
    // Deleted ones are still listed for a while.
    endpoint: ec2(url, 'DescribeVpcEndpoints', 'vpcEndpointId', {
      'Filter.1.Name': 'vpc-endpoint-state',
      'Filter.1.Value.1': 'available',
    }),
    'internet gateway': ec2(url, 'DescribeInternetGateways', 'internetGatewayId'),
  };
  const found = await Promise.all(
    Object.entries(listings).map(async ([kind, names]) => (await names)?.map((name) => `${kind} ${name ?? ''}`) ?? []),
  );
  return found.flat().sort();
}

/** EC2's client has 27 MB; five listings of its Query API need none of it. LocalStack looks at no signature here. */
async function ec2(
  url: string,
  action: string,
  element: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Names> {
  const credential = `${ACCOUNT_ENVIRONMENT.AWS_ACCESS_KEY_ID}/20260101/${REGION}/ec2/aws4_request`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=none` },
    body: new URLSearchParams({ Action: action, Version: '2016-11-15', ...parameters }),
  });
  if (!answer.ok) throw new Error(`${action}: ${await answer.text()}`);
  const xml = await answer.text();
  return [...new Set([...xml.matchAll(new RegExp(`<${element}>([^<]*)<`, 'g'))].map(([, id]) => id))];
}
