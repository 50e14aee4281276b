// The status function: invoked by hand, from inside, with the network and the secrets that the dispatcher has; it may read
// and do nothing else.
import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type ExecutorFunctionProps, makeFunction } from './function.ts';

export class Status extends Construct {
  readonly function: lambda.Function;

  constructor(
    scope: Construct,
    id: string,
    props: Omit<ExecutorFunctionProps, 'part' | 'description' | 'timeout' | 'memoryMb' | 'reservedConcurrency'>,
  ) {
    super(scope, id);
    this.function = makeFunction(this, {
      ...props,
      part: 'status',
      description: `Tells how the executor pool ${props.poolName} is (output StatusCommand)`,
      timeout: Duration.seconds(60),
      memoryMb: 512,
      reservedConcurrency: undefined,
    });
  }
}
