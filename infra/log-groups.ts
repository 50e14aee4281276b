// The log groups of a pool, made here so that they have a retention and go with the stack.
import type { RemovalPolicy } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { logGroupName, type Part } from '#settings/pool-names.ts';

export interface LogGroupsProps {
  readonly poolName: string;
  readonly retention: logs.RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

export class ExecutorLogGroups extends Construct {
  readonly dispatcher: logs.LogGroup;
  readonly completion: logs.LogGroup;
  readonly status: logs.LogGroup;
  readonly gate: logs.LogGroup;
  /** The step-runner's own lines. What steps print goes to Sourcegraph and nowhere else. */
  readonly runner: logs.LogGroup;

  constructor(scope: Construct, id: string, { poolName, retention, removalPolicy }: LogGroupsProps) {
    super(scope, id);
    const group = (part: Part, child: string): logs.LogGroup =>
      new logs.LogGroup(this, child, { logGroupName: logGroupName(poolName, part), retention, removalPolicy });
    this.dispatcher = group('dispatcher', 'Dispatcher');
    this.completion = group('completion', 'Completion');
    this.status = group('status', 'Status');
    this.gate = group('gate', 'Gate');
    this.runner = group('runner', 'Runner');
  }
}
