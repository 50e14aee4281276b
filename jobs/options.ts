// What an installation decides about its jobs, as dispatch and completion take it; made from the settings table.
import type { RelaunchPolicy } from './outcomes.ts';
import type { Payload } from './payload.ts';
import type { Moment } from './states.ts';
import type { PlanOptions } from './step-containers.ts';
import type { CompletionWorld, Millis } from './world.ts';

/** Completion and dispatch must be given the same. */
export interface JobOptions extends RelaunchPolicy {
  readonly spot: Moment['spot'];
}

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
  readonly plan: PlanOptions;
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
