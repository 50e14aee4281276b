// What both functions have in common: Node 24 on ARM64 from one bundled file, a role of their own that may write to
// their log group alone, and their place in the network.
import { ArnFormat, type Duration, Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { functionBundle } from './bundles.ts';
import { functionName, type FunctionPart } from '#settings/pool-names.ts';
import type { ExecutorNetwork } from './network.ts';
import { giveRole, type Grant, logGrant, networkInterfaceGrant } from './permissions.ts';
import { makeRole } from './roles.ts';

export interface ExecutorFunctionProps {
  readonly poolName: string;
  readonly part: FunctionPart;
  readonly description: string;
  readonly timeout: Duration;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Shipped beside the bundle: contents by name. */
  readonly files: Readonly<Record<string, string>>;
  readonly logGroup: logs.ILogGroup;
  readonly grants: readonly Grant[];
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
  giveRole(role, [
    logGrant(logGroupArn(scope, props.logGroup)),
    ...(network === undefined ? [] : [networkInterfaceGrant()]),
    ...props.grants,
  ]);
  return new lambda.Function(scope, 'Function', {
    functionName: functionName(props.poolName, part),
    description: props.description,
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(functionBundle(scope, part, props.files)),
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
