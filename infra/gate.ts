// The gate: before anything of the stack is deleted it takes the pool out of work, so that `cdk destroy` leaves no task
// running and does not fail over a cluster that still has some.
import { CustomResource, Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, type IDependable } from 'constructs';
import { type ExecutorFunctionProps, makeFunction } from './function.ts';

/** Tasks have 120 s to stop, ECS takes its time to say that they have, and a throttled account takes longer. */
const GATE_TIMEOUT = Duration.minutes(15);

export interface GateProps extends Pick<
  ExecutorFunctionProps,
  'poolName' | 'environment' | 'grants' | 'boundary' | 'logGroup'
> {
  /** All that must still be there while it works. */
  readonly before: readonly IDependable[];
}

export class Gate extends Construct {
  readonly function: lambda.Function;

  constructor(scope: Construct, id: string, { before, ...props }: GateProps) {
    super(scope, id);
    this.function = makeFunction(this, {
      ...props,
      part: 'gate',
      description: `Stops the tasks of the executor pool ${props.poolName} before its stack is deleted`,
      timeout: GATE_TIMEOUT,
      memoryMb: 256,
      files: {},
      // It talks to AWS alone, so it needs no place in the VPC.
      network: undefined,
      reservedConcurrency: undefined,
    });
    const resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::ExecutorGate',
      serviceToken: this.function.functionArn,
      serviceTimeout: GATE_TIMEOUT,
    });
    // What is depended on is deleted later.
    const own = this.node.children.filter((child) => child !== resource);
    resource.node.addDependency(...own, ...before);
  }
}
