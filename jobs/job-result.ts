// What the step-runner says of a finished attempt: its last act is one PUT of this object. It is a claim by a machine
// that ran untrusted code, so it decides nothing that the job's own steps could not have brought about anyway.
import * as z from 'zod/mini';

/** Exit codes of the step-runner: the backstop that no step can forge, read from the task-stopped event. */
export const RUNNER_EXIT = {
  completed: 0,
  /** A step, the clone or the job itself failed: the user's business. */
  failed: 10,
  /** The run time limit was reached. */
  deadline: 12,
  /** Sourcegraph no longer knows the job: nothing more may be said about it. */
  notOurs: 13,
  /** Asked to stop (SIGTERM): Spot, StopTask, shutdown. */
  stopped: 14,
  /** A step container was never there or died by itself: why is for completion to find out. */
  containerLost: 15,
  /** The payload could not be fetched or read, or Sourcegraph could not be reached: no step has run. */
  setup: 16,
} as const;

const OutcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('completed') }),
  z.object({ kind: z.literal('failed'), errorMessage: z.string() }),
  z.object({ kind: z.literal('deadline'), errorMessage: z.string() }),
  z.object({ kind: z.literal('not-ours') }),
  z.object({
    kind: z.literal('stopped'),
    errorMessage: z.string(),
    /** All steps had ended well, and there was no time left to send the log. */
    stepsDone: z.optional(z.literal(true)),
  }),
  z.object({ kind: z.literal('container-lost'), container: z.string(), errorMessage: z.string() }),
  z.object({ kind: z.literal('setup'), errorMessage: z.string() }),
]);

export const JobResultSchema = z.object({
  /** Readers accept this version and the next one: old and new code run side by side at every deploy. */
  v: z.union([z.literal(1), z.literal(2)]),
  attempt: z.string(),
  outcome: OutcomeSchema,
  /** Log entries that this job has in Sourcegraph now; a later attempt updates these before it adds. */
  logEntries: z.int().check(z.nonnegative()),
  /** Whether any step of the user had been started: a relaunch would repeat its side effects. */
  stepsStarted: z.boolean(),
  /** For metrics only. */
  logBytesSent: z.int().check(z.nonnegative()),
  durationMs: z.int().check(z.nonnegative()),
  /** When the step-runner began, by its own clock; for metrics only. Absent in results of earlier versions. */
  startedAt: z.optional(z.int().check(z.nonnegative())),
});

export type JobResult = z.infer<typeof JobResultSchema>;
export type RunnerOutcome = JobResult['outcome'];

/** What the step-runner ends with after this outcome. */
export function runnerExitCode(outcome: RunnerOutcome): number {
  switch (outcome.kind) {
    case 'completed':
      return RUNNER_EXIT.completed;
    case 'failed':
      return RUNNER_EXIT.failed;
    case 'deadline':
      return RUNNER_EXIT.deadline;
    case 'not-ours':
      return RUNNER_EXIT.notOurs;
    case 'stopped':
      return RUNNER_EXIT.stopped;
    case 'container-lost':
      return RUNNER_EXIT.containerLost;
    case 'setup':
      return RUNNER_EXIT.setup;
  }
}
