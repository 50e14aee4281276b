// What an installation decides about its jobs, as dispatch and completion take it; made from the settings table.
import type { RelaunchPolicy } from './outcomes.ts';
import type { Payload } from './payload.ts';
import type { Moment } from './events.ts';
import type { SizeRule } from './size-rules.ts';
import type { PlanOptions } from './step-containers.ts';
import type { TaskDefinition } from './task-definition.ts';
import type { CompletionWorld, Millis } from './world.ts';

/** Completion and dispatch must be given the same. */
export interface JobOptions extends RelaunchPolicy {
  readonly spot: Moment['spot'];
  /** For the estimate of what a task costs; absent where tasks cost nothing. */
  readonly billed?: TaskDefinition['architecture'];
}

/** Attempts after the first that a loss of the machine may cost, wherever jobs run. */
export const RELAUNCHES_MAX = 3;

export interface TokenRate {
  /** Calls that may be made at once after a rest. */
  readonly burst: number;
  readonly perSecond: number;
}

export interface DispatchOptions extends JobOptions {
  readonly frontendUrl: string;
  readonly executorName: string;
  /** Jobs in flight, at most. */
  readonly limit: number;
  /** vCPUs that may run at once, where a quota is known. */
  readonly vcpuLimit?: number;
  /** With the size of jobs for which no rule speaks. */
  readonly plan: PlanOptions;
  readonly sizeRules?: readonly SizeRule[];
  /** Milliseconds from the clone to the last step. */
  readonly runtimeLimitMs: Millis;
  /** Between two polls of an empty queue. */
  readonly pollMs: Millis;
  /** RunTask as fast as the account allows, and no faster. */
  readonly launchRate: TokenRate;
  readonly runner: Payload['options'];
}

export function moment(world: CompletionWorld, options: JobOptions): Moment {
  return {
    now: world.clock.now(),
    fraction: world.random.fraction(),
    relaunch: options.relaunch,
    relaunchLimit: options.relaunchLimit,
    spot: options.spot,
  };
}
