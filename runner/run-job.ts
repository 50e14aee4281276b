// One job on a real machine, in the reference's order: workspace, docker steps, cli steps, teardown.
import type { JobResult } from '#jobs/job-result.ts';
import type { Payload } from '#jobs/payload.ts';
import type { Clock } from '#jobs/world.ts';
import type { JobAccess } from '#sourcegraph/access.ts';
import { createHttpTransport, type HttpTransport } from '#sourcegraph/http.ts';
import { runAttempt, type RunningAttempt } from './attempt.ts';
import { runCliSteps } from './cli-steps.ts';
import { interrupted, OK, within } from './command-outcome.ts';
import type { Outcome } from './command-outcome.ts';
import { runDockerSteps } from './docker-steps.ts';
import type { RunHostCommand } from './host-command.ts';
import type { JobContext } from './job-context.ts';
import { sourcegraphRoutes } from './log-entries/sourcegraph-routes.ts';
import { runSetupScript } from './setup-script.ts';
import type { StepContainer } from './step-container.ts';
import type { TaskPaths } from './task-paths.ts';
import { cloneRepository } from './workspace/clone.ts';
import { writeFiles } from './workspace/files.ts';
import type { HostEnvironment } from './workspace/git-environment.ts';
import { tearDown } from './workspace/teardown.ts';

export interface Machine {
  readonly paths: TaskPaths;
  readonly clock: Clock;
  readonly hostEnvironment: HostEnvironment;
  /** Starts a command of the step-runner's own where it ends with the task. */
  readonly hostCommand: RunHostCommand;
  /** Makes the named step containers' pipes and gets hold of them; those that are there already are left alone. */
  readonly openContainers: (names: readonly string[]) => Promise<ReadonlyMap<string, StepContainer>>;
  /** Aborted when the task is told to stop. */
  readonly stop: AbortSignal;
  /** Aborted when the task is killed: nothing more is said to anyone. */
  readonly kill: AbortSignal;
}

export async function runJob(payload: Payload, machine: Machine): Promise<JobResult> {
  if (payload.job.token === undefined && payload.executorToken === undefined) return refusedWithoutToken(payload);
  const stepContainers = await machine.openContainers(payload.stepContainers.map(({ container }) => container));
  const transport = transportTo(payload);
  const access = accessOf(payload);
  const wire = { transport, frontendUrl: payload.frontendUrl };
  const context = (running: RunningAttempt): JobContext => ({
    ...machine,
    ...running,
    payload,
    access,
    wire,
    stepContainers,
  });
  const result = await runAttempt({
    ...machine,
    payload,
    routes: sourcegraphRoutes(wire, access, payload.executorToken),
    carryOut: (running) => carryOut(context(running)),
    tearDown: (running, jobFailed) => tearDown(context(running), jobFailed),
  });
  transport.close();
  return result;
}

// Only the executor's own token could speak for such a job, and that one is not given away by a task's dispatcher on AWS.
function refusedWithoutToken({ attempt, logEntries }: Payload): JobResult {
  const errorMessage =
    'this Sourcegraph gives its jobs no tokens of their own, as old instances do: update it, or run the executor on one machine (docker or process)';
  const outcome = { kind: 'failed', errorMessage } as const;
  return { v: 1, attempt, outcome, logEntries, stepsStarted: false, logBytesSent: 0, durationMs: 0 };
}

async function carryOut(context: JobContext): Promise<Outcome> {
  const { job } = context.payload;
  const workspace = job.cliSteps.length > 0 ? 'failed to prepare workspace' : 'creating workspace';
  const stages: readonly [string | undefined, (context: JobContext) => Promise<Outcome>][] = [
    [workspace, cloneRepository],
    [workspace, writeFiles],
    [undefined, runSetupScript],
    [undefined, runDockerSteps],
    [undefined, runCliSteps],
  ];
  for (const [name, stage] of stages) {
    const outcome = context.signal.aborted ? interrupted(context.signal) : await stage(context);
    if (outcome.kind !== 'ok') return name === undefined ? outcome : within(name, outcome);
  }
  return OK;
}

function transportTo({ options: { caBundle, proxy, tlsVerify } }: Payload): HttpTransport {
  return createHttpTransport({
    tlsVerify,
    ...(caBundle === undefined ? {} : { caBundle }),
    ...(proxy === undefined ? {} : { proxy: withoutUndefined(proxy) }),
  });
}

type Proxy = NonNullable<Payload['options']['proxy']>;

function withoutUndefined({ http, https, no }: Proxy): { http?: string; https?: string; no?: string } {
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    ...(no === undefined ? {} : { no }),
  };
}

function accessOf({ frontendUrl, executorName, queue, job }: Payload): JobAccess {
  return { frontendUrl, executorName, queue, jobId: job.id, token: job.token };
}
