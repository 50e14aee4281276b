// What both functions have in common: Node 24 on ARM64 from one bundled file, a role of their own that may write to
// their log group alone, and their place in the network.
import { ArnFormat, type Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { functionBundle } from './bundles.ts';
import { functionName } from './names.ts';
import type { ExecutorNetwork } from './network.ts';
import { acknowledgeWildcards, makeRole } from './permissions.ts';

export interface ExecutorFunctionProps {
  readonly poolName: string;
  readonly part: 'dispatcher' | 'completion';
  readonly description: string;
  readonly timeout: Duration;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: logs.ILogGroup;
  readonly statements: readonly iam.PolicyStatement[];
  /** Undefined: outside any VPC, with the internet. */
  readonly network: ExecutorNetwork | undefined;
  readonly boundary: iam.IManagedPolicy | undefined;
  readonly reservedConcurrency: number | undefined;
}

export function makeFunction(scope: Construct, props: ExecutorFunctionProps): lambda.Function {
  const { network, part } = props;
  const role = makeRole(scope, 'Role', {
    service: 'lambda.amazonaws.com',
    description: `The ${part} of the executor pool ${props.poolName}`,
    boundary: props.boundary,
    onlyForThisAccount: false,
  });
  role.addToPolicy(
    new iam.PolicyStatement({
      sid: 'OwnLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [`${logGroupArn(scope, props.logGroup)}:log-stream:*`],
    }),
  );
  if (network !== undefined) role.addToPolicy(networkInterfaces());
  for (const statement of props.statements) role.addToPolicy(statement);
  acknowledgeWildcards(role, 'Explained one by one beside the statements; listed in test/infra/permissions.test.ts.');
  return new lambda.Function(scope, 'Function', {
    functionName: functionName(props.poolName, part),
    description: props.description,
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(functionBundle(scope, part)),
    role: role.withoutPolicyUpdates(),
    timeout: props.timeout,
    memorySize: props.memoryMb,
    environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
    logGroup: props.logGroup,
    ...(network === undefined
      ? {}
      : { vpc: network.vpc, vpcSubnets: network.selection, securityGroups: [...network.securityGroups] }),
    ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
  });
}

/** Without the `:*` that CloudFormation's attribute ends with. */
export function logGroupArn(scope: Construct, group: logs.ILogGroup): string {
  return Stack.of(scope).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: group.logGroupName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** Lambda makes and removes a function's network interfaces in its name; AWS knows no resource for most of them. */
function networkInterfaces(): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'NetworkInterfaces',
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  });
}
