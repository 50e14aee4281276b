// What the step-runner is told: one object, fetched once by one URL and deleted right after reading. It holds the job's
// own token and not the executor's (a codeintel job's upload step brings that one itself, in its environment); a job of an
// old instance that gives none can run on one machine only, where the executor's token takes its place.
import * as z from 'zod/mini';
import { JobSchema } from '#sourcegraph/job.ts';

const StepContainerSchema = z.object({
  /** Container of the task definition. */
  container: z.string(),
  /** Index in `dockerSteps`, or the batch step's index for a version 1 batches job. */
  stepIndex: z.int().check(z.nonnegative()),
});

/** URLs that the task may use instead of an identity. They die with the session that signed them, so `renewed` leads to fresh ones. */
export const LinksSchema = z.object({
  /** PUT, once: the JobResult. */
  result: z.string(),
  /** GET: an object of this same schema with fresh URLs; absent where links do not expire. */
  renewed: z.optional(z.string()),
});

export const PayloadSchema = z.object({
  /** Readers accept this version and the next one. */
  v: z.union([z.literal(1), z.literal(2)]),
  attempt: z.string(),
  /** 1 for the first; a later attempt updates the log entries of the one before. */
  attemptNumber: z.int().check(z.positive()),
  /** Why the attempt before this one was lost; absent for the first. */
  relaunchedBecause: z.optional(z.string()),
  /** Log entries that the job has in Sourcegraph already. */
  logEntries: z.int().check(z.nonnegative()),
  frontendUrl: z.string(),
  executorName: z.string(),
  queue: z.string(),
  job: JobSchema,
  /** Only for a job without a token of its own, and only on one machine: its routes are called with this one. */
  executorToken: z.optional(z.string()),
  /** The job's own `redactedValues`, and the executor's token where the job could meet it. */
  redactedValues: z.record(z.string(), z.string()),
  /** Which container carries out which step. */
  stepContainers: z.array(StepContainerSchema),
  /** Milliseconds from the clone to the end of the last step. */
  runtimeLimitMs: z.int().check(z.positive()),
  links: LinksSchema,
  /** DELETE: this payload, right after reading; absent where reading it deletes it. */
  forget: z.optional(z.string()),
  options: z.object({
    /** PEM bundle for a private CA. */
    caBundle: z.optional(z.string()),
    /** HTTP_PROXY, HTTPS_PROXY, NO_PROXY for the runner; for steps only when allowed. */
    proxy: z.optional(
      z.object({
        http: z.optional(z.string()),
        https: z.optional(z.string()),
        no: z.optional(z.string()),
        intoSteps: z.boolean(),
      }),
    ),
    /** A script run in the workspace before step 0 (EXECUTOR_VM_STARTUP_SCRIPT_PATH). */
    setupScript: z.optional(z.string()),
    keepWorkspace: z.enum(['never', 'failed', 'always']),
    /** Whether images are pulled with the logins that the job brings (its DOCKER_AUTH_CONFIG). @default used */
    jobLogins: z.optional(z.enum(['used', 'unused'])),
    tlsVerify: z.boolean(),
  }),
});

export type Payload = z.infer<typeof PayloadSchema>;
export type Links = z.infer<typeof LinksSchema>;

/** Environment of the step-runner: the one pointer it gets. Whoever reads it can fetch the payload until that is deleted. */
export const RUNNER_ENVIRONMENT = {
  /** GET: the payload. */
  payloadUrl: 'EXECUTOR_PAYLOAD_URL',
  /** Where /job and /control are for the step-runner, when not there (host processes). */
  root: 'EXECUTOR_TASK_ROOT',
  /** Value that marks the task's processes, where no PID namespace holds them together; steps inherit it. */
  processMarker: 'SOURCEGRAPH_EXECUTOR_PROCESS',
} as const;
