// The dispatcher and its schedule: started once a minute, working or standing by until near its time-out.
import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { type ExecutorFunctionProps, makeFunction } from './function.ts';
import { allow, giveRole } from './permissions.ts';
import { makeRole } from './roles.ts';

/** Lambda's longest: a holder of the lease goes on until then when the schedule brings nobody to take over. */
export const DISPATCHER_TIMEOUT = Duration.minutes(15);

/** An event that has waited longer finds others at work. */
const EVENT_AGE_MAX = Duration.seconds(60);

export class Dispatcher extends Construct {
  readonly function: lambda.Function;
  readonly schedule: scheduler.CfnSchedule;

  constructor(scope: Construct, id: string, props: Omit<ExecutorFunctionProps, 'part' | 'description' | 'timeout'>) {
    super(scope, id);
    this.function = makeFunction(this, {
      ...props,
      part: 'dispatcher',
      description: `Takes jobs from Sourcegraph and starts a task for each (pool ${props.poolName})`,
      timeout: DISPATCHER_TIMEOUT,
    });
    // Lambda's own queue would repeat a failed invocation twice, and hold a throttled one for hours: the next minute
    // brings a new one anyway.
    this.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: EVENT_AGE_MAX });
    this.schedule = this.#everyMinute(props);
  }

  #everyMinute({ poolName, boundary }: Pick<ExecutorFunctionProps, 'poolName' | 'boundary'>): scheduler.CfnSchedule {
    const role = makeRole(this, 'ScheduleRole', {
      service: 'scheduler.amazonaws.com',
      description: `The schedule of the executor pool ${poolName}`,
      boundary,
      onlyForThisAccount: true,
    });
    giveRole(role, [
      allow({ sid: 'StartDispatcher', actions: ['lambda:InvokeFunction'], resources: [this.function.functionArn] }),
    ]);
    const schedule = new scheduler.CfnSchedule(this, 'Schedule', {
      name: `${poolName}-dispatcher`,
      description: `Starts the dispatcher of the executor pool ${poolName}`,
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.function.functionArn,
        roleArn: role.roleArn,
        input: JSON.stringify({ scheduledTime: '<aws.scheduler.scheduled-time>' }),
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: EVENT_AGE_MAX.toSeconds() },
      },
    });
    // It fires as soon as it exists.
    schedule.node.addDependency(role);
    return schedule;
  }
}
