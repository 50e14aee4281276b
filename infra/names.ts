// ARNs of what has its name from settings/pool-names.ts, in the stack's account and region.
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

export function arn(scope: Construct, service: string, resource: string, resourceName: string): string {
  return Stack.of(scope).formatArn({ service, resource, resourceName });
}

export function functionArn(scope: Construct, name: string): string {
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  return Stack.of(scope).formatArn({ service: 'lambda', resource: 'function', resourceName: name, arnFormat });
}
