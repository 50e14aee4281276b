// POST /.executors/queue/{queue}/heartbeat, or /.executors/queue/heartbeat for several queues: which jobs we hold, and
// who we are; the instance answers which of them it still counts as ours and which a user cancelled. It is also how an
// executor registers. A job that nobody beats for during 25 s is given to others.
import * as z from 'zod/mini';
import { executorHeaders, type HeldJob } from './access.ts';
import type { Refused, Unreachable } from './answers.ts';
import { exchange, garbled, parseAnswer, type Wire } from './exchange.ts';
import { queuePath, SEVERAL_QUEUES_PATH, type Queues } from './queues.ts';

/** What the admin page shows of an executor; unknown parts are empty. */
export interface ExecutorVersions {
  /** Ours, in the instance's own numbering. */
  readonly executor: string;
  readonly os: string;
  readonly architecture: string;
  readonly docker: string;
  readonly git: string;
  readonly ignite: string;
  readonly srcCli: string;
}

export interface HeartbeatRequest {
  readonly executorName: string;
  readonly queues: Queues;
  readonly held: readonly HeldJob[];
  readonly versions: ExecutorVersions;
  /** Prometheus text exposition; may be empty. */
  readonly prometheusMetrics: string;
}

export type HeartbeatAnswer =
  | { readonly kind: 'answered'; readonly known: readonly HeldJob[]; readonly cancel: readonly HeldJob[] }
  | Unreachable
  | Refused;

// The caller's signal is what paces heartbeats; this only ends one that nobody waits for any more.
const HEARTBEAT_TIMEOUT_MS = 15_000;

const IdsSchema = z.nullable(z.array(z.union([z.int(), z.string()])));
// `knownIds` may be null but not absent: an empty object from a gateway must not make us drop every job.
const AnswerSchema = z.object({ knownIds: IdsSchema, cancelIds: z.optional(IdsSchema) });

export async function heartbeat(
  wire: Wire,
  executorToken: string,
  request: HeartbeatRequest,
  signal: AbortSignal | undefined,
): Promise<HeartbeatAnswer> {
  const { queues, versions } = request;
  const call = 'heartbeat';
  const answer = await exchange(wire, {
    call,
    method: 'POST',
    path: queues.kind === 'single' ? `${queuePath(queues.name)}/heartbeat` : `${SEVERAL_QUEUES_PATH}/heartbeat`,
    headers: executorHeaders(executorToken),
    body: {
      version: 'V2',
      executorName: request.executorName,
      ...(queues.kind === 'single'
        ? { jobIds: request.held.map((job) => job.jobId) }
        : { queueNames: queues.names, jobIdsByQueue: byQueue(request.held) }),
      os: versions.os,
      architecture: versions.architecture,
      dockerVersion: versions.docker,
      executorVersion: versions.executor,
      gitVersion: versions.git,
      igniteVersion: versions.ignite,
      srcCliVersion: versions.srcCli,
      prometheusMetrics: request.prometheusMetrics,
    },
    timeoutMs: HEARTBEAT_TIMEOUT_MS,
    repeatable: true,
    signal,
  });
  if (answer.kind !== 'answered') return answer;

  const context = { call, frontendUrl: wire.frontendUrl };
  const parsed = parseAnswer(AnswerSchema, answer, context);
  if (parsed.kind !== 'parsed') return parsed;
  const known = heldJobs(queues, parsed.value.knownIds ?? []);
  const cancel = heldJobs(queues, parsed.value.cancelIds ?? []);
  // An ID that cannot be read may be any of ours. Acting on the rest would drop a job that the instance still counts on.
  if (known === undefined || cancel === undefined) return garbled('a job ID that cannot be read', answer, context);
  return { kind: 'answered', known, cancel };
}

/** The instance refuses queues outside `queueNames`, and IDs are strings here, unlike on the single-queue route. */
function byQueue(held: readonly HeldJob[]): { queueName: string; jobIds: string[] }[] {
  const idsByQueue = new Map<string, string[]>();
  for (const { queue, jobId } of held) {
    const ids = idsByQueue.get(queue);
    if (ids === undefined) idsByQueue.set(queue, [String(jobId)]);
    else ids.push(String(jobId));
  }
  return [...idsByQueue].map(([queueName, jobIds]) => ({ queueName, jobIds }));
}

function heldJobs(queues: Queues, ids: readonly (number | string)[]): HeldJob[] | undefined {
  const jobs = ids.map((id) => heldJob(queues, id));
  return jobs.every((job) => job !== undefined) ? jobs : undefined;
}

/** `42` and `"42"` on the single-queue route, `"42-batches-hooks"` (ID, then queue) for several queues. */
function heldJob(queues: Queues, id: number | string): HeldJob | undefined {
  const match = /^(\d{1,15})(?:-(.+))?$/s.exec(String(id));
  const onlyQueue = queues.kind === 'single' ? queues.name : queues.names.length === 1 ? queues.names[0] : undefined;
  const queue = match?.[2] ?? onlyQueue;
  return match === null || queue === undefined ? undefined : { queue, jobId: Number(match[1]) };
}
