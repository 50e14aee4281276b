// The jobs of the sandbox Sourcegraph and what is known of each: the state that the rules (./rules.ts) change.

/** One execution log entry as an executor sent it; updates replace it whole. */
export interface LogEntry {
  readonly key: string;
  readonly command: readonly string[] | null;
  readonly startTime: string;
  readonly exitCode?: number;
  readonly out: string;
  readonly durationMs?: number;
}

export type JobState = 'queued' | 'processing' | 'completed' | 'errored' | 'failed' | 'canceled';

/** A job without what a dequeue adds: its ID, its token and, on the several-queues route, its queue. */
export type JobTemplate = Readonly<Record<string, unknown>> & { readonly repositoryName?: string };

export interface SandboxJob {
  readonly id: number;
  readonly queue: string;
  readonly template: JobTemplate;
  state: JobState;
  /** The executor that dequeued it last. */
  executorName: string;
  /** The token of the last dequeue; dead as soon as the job is marked or dequeued again. */
  token: string | undefined;
  heartbeatAt: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  cancelRequested: boolean;
  resets: number;
  dequeues: number;
  /** Marks that were accepted; never more than one a dequeue. */
  marks: number;
  failureMessage: string | undefined;
  logs: LogEntry[];
}

export function newJob(queue: string, id: number, template: JobTemplate): SandboxJob {
  return {
    id,
    queue,
    template,
    state: 'queued',
    executorName: '',
    token: undefined,
    heartbeatAt: 0,
    startedAt: undefined,
    finishedAt: undefined,
    cancelRequested: false,
    resets: 0,
    dequeues: 0,
    marks: 0,
    failureMessage: undefined,
    logs: [],
  };
}

export const isFinished = (job: SandboxJob): boolean => job.state !== 'queued' && job.state !== 'processing';
