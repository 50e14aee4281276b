// A stack with one executor pool and nothing else: the thin shell that `cdk deploy` of this project deploys.
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { SourcegraphExecutor } from './executor.ts';
import type { SourcegraphExecutorProps } from './props.ts';

export class SourcegraphExecutorStack extends Stack {
  readonly executor: SourcegraphExecutor;

  /** `executor`: made in the stack, so that it may import what it names (secrets, VPC, topic). */
  constructor(
    scope: Construct,
    id: string,
    executor: (stack: Stack) => SourcegraphExecutorProps,
    props: StackProps = {},
  ) {
    super(scope, id, { description: 'Serverless executor for Sourcegraph', ...props });
    this.executor = new SourcegraphExecutor(this, 'Executor', executor(this));
  }
}
