// POST /.executors/queue/{queue}/dequeue, or /.executors/queue/dequeue for several queues: at most one job, which is ours
// from then on. Never repeated by itself: the answer that got lost may have held a job, and the next one would be another.
import * as z from 'zod/mini';
import { executorHeaders } from './access.ts';
import type { Refused, Unreachable } from './answers.ts';
import { exchange, garbled, parseAnswer, type Wire } from './exchange.ts';
import { JobIdSchema, JobSchema, type Job } from './job.ts';
import { queuePath, SEVERAL_QUEUES_PATH, type Queues } from './queues.ts';

/** What one job gets; auto-indexing passes it on to the steps as VM_CPUS, VM_MEM and VM_DISK. */
export interface JobResources {
  readonly numCpus: number;
  /** As Sourcegraph writes sizes: `12G`. */
  readonly memory: string;
  readonly diskSpace: string;
}

export interface DequeueRequest {
  readonly executorName: string;
  /** A Sourcegraph version; from 4.3.0 on the instance answers version 2 jobs. */
  readonly version: string;
  readonly queues: Queues;
  readonly resources: JobResources;
}

/** A job that we were given and cannot read: it is ours, so somebody must say so to the instance. */
export interface UnreadableJob {
  readonly kind: 'unreadable';
  readonly queue: string;
  readonly jobId: number;
  readonly token: string | undefined;
  /** Says where the job breaks the protocol, never what stood there. */
  readonly problem: string;
}

export type DequeueAnswer =
  | { readonly kind: 'dequeued'; readonly queue: string; readonly job: Job }
  | { readonly kind: 'empty' }
  | UnreadableJob
  | Unreachable
  | Refused;

// A job brings its small files with it, input.json and all search results among them.
const JOB_BYTES_MAX = 64 * 1024 * 1024;

const NamedSchema = z.object({ id: JobIdSchema, queue: z.nullish(z.string()), token: z.nullish(z.string()) });

export async function dequeue(
  wire: Wire,
  executorToken: string,
  request: DequeueRequest,
  signal: AbortSignal | undefined,
): Promise<DequeueAnswer> {
  const { queues, resources } = request;
  const call = 'dequeue';
  const answer = await exchange(wire, {
    call,
    method: 'POST',
    path: queues.kind === 'single' ? `${queuePath(queues.name)}/dequeue` : `${SEVERAL_QUEUES_PATH}/dequeue`,
    headers: executorHeaders(executorToken),
    body: {
      executorName: request.executorName,
      version: request.version,
      numCPUs: resources.numCpus,
      memory: resources.memory,
      diskSpace: resources.diskSpace,
      ...(queues.kind === 'single' ? {} : { queues: queues.names }),
    },
    timeoutMs: 30_000,
    answerBytesMax: JOB_BYTES_MAX,
    repeatable: false,
    signal,
  });
  if (answer.kind !== 'answered') return answer;
  if (answer.status === 204) return { kind: 'empty' };

  const context = { call, frontendUrl: wire.frontendUrl };
  const named = parseAnswer(NamedSchema, answer, context);
  if (named.kind !== 'parsed') return named;
  const queue = queueOf(queues, named.value.queue);
  if (queue === undefined) return garbled('a job without a queue', answer, context);
  const job = parseAnswer(JobSchema, answer, context);
  if (job.kind === 'parsed') return { kind: 'dequeued', queue, job: job.value };
  return {
    kind: 'unreadable',
    queue,
    jobId: named.value.id,
    token: named.value.token ?? undefined,
    problem: job.message,
  };
}

/** The single-queue route leaves the queue out; the several-queues one has to name it, unless there is only one. */
function queueOf(queues: Queues, named: string | null | undefined): string | undefined {
  if (queues.kind === 'single') return queues.name;
  if (named !== undefined && named !== null && named !== '') return named;
  return queues.names.length === 1 ? queues.names[0] : undefined;
}
