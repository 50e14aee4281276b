// ARNs of what has its name from settings/pool-names.ts, in the stack's account and region.
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

export function arn(scope: Construct, service: string, resource: string, resourceName: string): string {
  return Stack.of(scope).formatArn({ service, resource, resourceName });
}
