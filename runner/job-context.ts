// What every part of a running job needs.
import type { Clock } from '#jobs/world.ts';
import type { Payload } from '#jobs/payload.ts';
import type { JobAccess } from '#sourcegraph/access.ts';
import type { Wire } from '#sourcegraph/exchange.ts';
import type { RunningAttempt } from './attempt.ts';
import type { RunHostCommand } from './host-command.ts';
import type { StepContainer } from './step-container.ts';
import type { TaskPaths } from './task-paths.ts';
import type { HostEnvironment } from './workspace/git-environment.ts';

export interface JobContext extends RunningAttempt {
  readonly payload: Payload;
  readonly access: JobAccess;
  readonly wire: Wire;
  readonly paths: TaskPaths;
  readonly clock: Clock;
  /** By name, as in the payload's `stepContainers`. */
  readonly stepContainers: ReadonlyMap<string, StepContainer>;
  readonly hostEnvironment: HostEnvironment;
  /** Starts a command of the step-runner's own where it ends with the task. */
  readonly hostCommand: RunHostCommand;
}
