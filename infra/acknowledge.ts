// A rule of cdk-nag that a resource breaks on purpose, with the reason beside the resource and not in a far-off list.
import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** `rule`: such as `AwsSolutions-SQS3`; of an IAM rule with the finding, `AwsSolutions-IAM5[Resource::*]`. */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: rule, reason });
}
