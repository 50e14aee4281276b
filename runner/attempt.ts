// One attempt of a job, from its payload to its result: its log entries, its time limit, what ends it early, and what all
// that comes to. What is done in it is given; whatever happens there ends in a JobResult.
import type { JobResult, RunnerOutcome } from '#jobs/job-result.ts';
import { goDuration } from '#jobs/outcomes.ts';
import type { Payload } from '#jobs/payload.ts';
import type { Clock } from '#jobs/world.ts';
import { failed, type Failure, type Interruption, type Outcome } from './command-outcome.ts';
import { type FlushAnswer, LogEntries } from './log-entries/log-entries.ts';
import type { LogRoutes } from './log-entries/routes.ts';
import { Redactor } from './redaction.ts';
import { tellRelaunch } from './tell-relaunch.ts';
import { tellUnusedLogins } from './tell-unused-logins.ts';

export interface Attempt {
  readonly payload: Payload;
  readonly clock: Clock;
  readonly routes: LogRoutes;
  /** Aborted when the task is told to stop. */
  readonly stop: AbortSignal;
  /** Aborted when the task is killed: nothing more is said to anyone. */
  readonly kill: AbortSignal;
  /** All that the time limit covers: clone to last step. */
  readonly carryOut: (running: RunningAttempt) => Promise<Outcome>;
  readonly tearDown: (running: RunningAttempt, jobFailed: boolean) => Promise<void>;
}

export interface RunningAttempt {
  readonly entries: LogEntries;
  /** Aborted with an {@link Interruption} when the job has to end. */
  readonly signal: AbortSignal;
  /** To be called before a command of the user is started. */
  readonly stepStarting: () => void;
}

export async function runAttempt(attempt: Attempt): Promise<JobResult> {
  const { payload, clock, stop } = attempt;
  const startedAt = clock.now();
  const redactor = redactorOf(payload);
  const job = new AbortController();
  const end = (reason: Interruption): void => job.abort(reason);
  stop.addEventListener('abort', () => end('stopped'), { once: true });
  if (stop.aborted) end('stopped');

  const entries = new LogEntries({
    clock,
    routes: attempt.routes,
    redactor,
    existing: payload.logEntries,
    existingUncounted: payload.attemptNumber > 1,
    notOurs: () => end('not-ours'),
    kill: attempt.kill,
  });
  tellRelaunch(payload, entries);
  tellUnusedLogins(payload, entries);
  let stepsStarted = false;
  const stepStarting = (): void => {
    stepsStarted = true;
  };
  const running: RunningAttempt = { entries, signal: job.signal, stepStarting };

  const outcome = await withinTime(attempt, running, end);
  await attempt.tearDown(running, outcome.kind !== 'ok');
  const flushed = await entries.flush(stop);
  return {
    v: 1,
    attempt: payload.attempt,
    outcome: redacted(
      runnerOutcome({ outcome, flushed, stepsStarted, payload, reason: job.signal.reason, told: stop.aborted }),
      redactor,
    ),
    logEntries: entries.count,
    stepsStarted,
    logBytesSent: entries.bytesSent,
    durationMs: clock.now() - startedAt,
    startedAt,
  };
}

/** The time limit covers neither teardown nor flush. */
async function withinTime(
  { carryOut, clock, payload }: Attempt,
  running: RunningAttempt,
  end: (reason: Interruption) => void,
): Promise<Outcome> {
  const settled = new AbortController();
  void clock.sleep(payload.runtimeLimitMs, settled.signal).then((how) => {
    if (how === 'slept') end('deadline');
  });
  try {
    return await carryOut(running);
  } catch (error) {
    // A bug or a broken machine: its user must see more than a vanished task, and the log written so far.
    return failed(`internal error: ${error instanceof Error ? error.message : 'unknown'}`);
  } finally {
    settled.abort();
  }
}

interface Ended {
  readonly outcome: Outcome;
  readonly flushed: FlushAnswer;
  readonly stepsStarted: boolean;
  readonly payload: Payload;
  readonly reason: unknown;
  /** To stop, which cuts the patience with Sourcegraph short. */
  readonly told: boolean;
}

function runnerOutcome({ outcome, flushed, stepsStarted, payload, reason, told }: Ended): RunnerOutcome {
  if (flushed.kind === 'not-ours') return { kind: 'not-ours' };
  const own = outcome.kind === 'ok' ? ({ kind: 'completed' } as const) : ofFailure(outcome, payload, reason);
  if (flushed.kind === 'flushed' || own.kind === 'stopped') return own;
  const errorMessage = `sending the log to Sourcegraph: ${flushed.message}`;
  // Before any step the attempt can be made again; but not for ever, when it is the job that takes its whole time.
  if (flushed.kind === 'unreachable' && !stepsStarted && own.kind !== 'deadline')
    return { kind: 'setup', errorMessage };
  if (own.kind === 'completed') {
    // Where there was no time to send it, the fault is with whoever took the time: a task that Spot took is launched again.
    if (flushed.kind === 'unreachable' && told) return { kind: 'stopped', errorMessage, stepsDone: true };
    // As in the reference, a job whose log is not complete has not succeeded: its results are read from the log.
    return { kind: 'failed', errorMessage };
  }
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
