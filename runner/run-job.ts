// One job from its payload to its result, in the reference's order: workspace, docker steps, cli steps, teardown, log
// entries flushed. Whatever happens on the way ends in a JobResult.
import type { JobResult, RunnerOutcome } from '#jobs/job-result.ts';
import { goDuration } from '#jobs/outcomes.ts';
import type { Payload } from '#jobs/payload.ts';
import type { Clock } from '#jobs/world.ts';
import type { JobAccess } from '#sourcegraph/access.ts';
import type { HttpTransport } from '#sourcegraph/http.ts';
import { runCliSteps } from './cli-steps.ts';
import { failed, interrupted, OK, within } from './command-outcome.ts';
import type { Failure, Interruption, Outcome } from './command-outcome.ts';
import { runDockerSteps } from './docker-steps.ts';
import type { RunHostCommand } from './host-command.ts';
import type { JobContext } from './job-context.ts';
import { type FlushAnswer, LogEntries } from './log-entries/log-entries.ts';
import { sourcegraphRoutes } from './log-entries/sourcegraph-routes.ts';
import { Redactor } from './redaction.ts';
import { runSetupScript } from './setup-script.ts';
import type { StepContainer } from './step-container.ts';
import type { TaskPaths } from './task-paths.ts';
import { cloneRepository } from './workspace/clone.ts';
import { writeFiles } from './workspace/files.ts';
import type { HostEnvironment } from './workspace/git-environment.ts';
import { tellRelaunch } from './tell-relaunch.ts';
import { tearDown } from './workspace/teardown.ts';

export interface RunJob {
  readonly payload: Payload;
  readonly paths: TaskPaths;
  readonly clock: Clock;
  /** To Sourcegraph. */
  readonly transport: HttpTransport;
  readonly stepContainers: ReadonlyMap<string, StepContainer>;
  readonly hostEnvironment: HostEnvironment;
  readonly hostCommand: RunHostCommand;
  /** Aborted when the task is told to stop. */
  readonly stop: AbortSignal;
  /** Aborted when the task is killed: nothing more is said to anyone. */
  readonly kill: AbortSignal;
}

export async function runJob(run: RunJob): Promise<JobResult> {
  const { payload, clock, stop } = run;
  if (payload.job.token === undefined && payload.executorToken === undefined) return refusedWithoutToken(payload);
  const startedAt = clock.now();
  const redactor = redactorOf(payload);
  const job = new AbortController();
  const end = (reason: Interruption): void => job.abort(reason);
  stop.addEventListener('abort', () => end('stopped'), { once: true });
  if (stop.aborted) end('stopped');

  const access = accessOf(payload);
  const wire = { transport: run.transport, frontendUrl: payload.frontendUrl };
  const entries = new LogEntries({
    clock,
    routes: sourcegraphRoutes(wire, access, payload.executorToken),
    redactor,
    existing: payload.logEntries,
    existingUncounted: payload.attemptNumber > 1,
    notOurs: () => end('not-ours'),
    kill: run.kill,
  });
  tellRelaunch(payload, entries);
  let stepsStarted = false;
  const stepStarting = (): void => {
    stepsStarted = true;
  };
  const context: JobContext = { ...run, access, wire, entries, signal: job.signal, stepStarting };

  const outcome = await withinTime(context, end);
  await tearDown(context, outcome.kind !== 'ok');
  const flushed = await entries.flush(stop);
  return {
    v: 1,
    attempt: payload.attempt,
    outcome: redacted(runnerOutcome({ outcome, flushed, stepsStarted, payload, reason: job.signal.reason }), redactor),
    logEntries: entries.count,
    stepsStarted,
    logBytesSent: entries.bytesSent,
    durationMs: clock.now() - startedAt,
    startedAt,
  };
}

// Only the executor's own token could speak for such a job, and that one is not given away by a task's dispatcher on AWS.
function refusedWithoutToken({ attempt, logEntries }: Payload): JobResult {
  const errorMessage =
    'this Sourcegraph gives its jobs no tokens of their own, as old instances do: update it, or run the executor on one machine (docker or process)';
  const outcome = { kind: 'failed', errorMessage } as const;
  return { v: 1, attempt, outcome, logEntries, stepsStarted: false, logBytesSent: 0, durationMs: 0 };
}

/** The time limit covers clone to last step, and neither teardown nor flush. */
async function withinTime(context: JobContext, end: (reason: Interruption) => void): Promise<Outcome> {
  const settled = new AbortController();
  void context.clock.sleep(context.payload.runtimeLimitMs, settled.signal).then((how) => {
    if (how === 'slept') end('deadline');
  });
  try {
    return await carryOut(context);
  } catch (error) {
    // A bug or a broken machine: its user must see more than a vanished task, and the log written so far.
    return failed(`internal error: ${error instanceof Error ? error.message : 'unknown'}`);
  } finally {
    settled.abort();
  }
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

interface Ended {
  readonly outcome: Outcome;
  readonly flushed: FlushAnswer;
  readonly stepsStarted: boolean;
  readonly payload: Payload;
  readonly reason: unknown;
}

function runnerOutcome({ outcome, flushed, stepsStarted, payload, reason }: Ended): RunnerOutcome {
  if (flushed.kind === 'not-ours') return { kind: 'not-ours' };
  const own = outcome.kind === 'ok' ? ({ kind: 'completed' } as const) : ofFailure(outcome, payload, reason);
  if (flushed.kind === 'flushed' || own.kind === 'stopped') return own;
  const errorMessage = `sending the log to Sourcegraph: ${flushed.message}`;
  if (flushed.kind === 'unreachable' && !stepsStarted) return { kind: 'setup', errorMessage };
  // As in the reference, a job whose log is not complete has not succeeded: its results are read from the log.
  if (own.kind === 'completed') return { kind: 'failed', errorMessage };
  return { ...own, errorMessage: `${own.errorMessage}; ${errorMessage}` };
}

function ofFailure(
  failure: Failure,
  payload: Payload,
  reason: unknown,
): Exclude<RunnerOutcome, { kind: 'completed' | 'not-ours' | 'setup' }> {
  const errorMessage = failure.message;
  switch (failure.kind) {
    case 'failed':
      return { kind: 'failed', errorMessage };
    case 'container-lost':
      return { kind: 'container-lost', container: failure.container, errorMessage };
    case 'interrupted': {
      if (reason !== 'deadline') return { kind: 'stopped', errorMessage };
      const limit = goDuration(payload.runtimeLimitMs);
      return { kind: 'deadline', errorMessage: `job exceeded maximum execution time of ${limit}: ${errorMessage}` };
    }
  }
}

function redacted(outcome: RunnerOutcome, redactor: Redactor): RunnerOutcome {
  return 'errorMessage' in outcome ? { ...outcome, errorMessage: redactor.redact(outcome.errorMessage) } : outcome;
}

/** The job's own token too: a step may declare it, and print it. */
function redactorOf({ job, executorToken, redactedValues }: Payload): Redactor {
  const token = job.token ?? executorToken;
  const removed = token === undefined ? {} : { [token]: 'SECRET_REMOVED' };
  return new Redactor({ ...removed, ...job.redactedValues, ...redactedValues });
}

function accessOf({ frontendUrl, executorName, queue, job }: Payload): JobAccess {
  return { frontendUrl, executorName, queue, jobId: job.id, token: job.token };
}
