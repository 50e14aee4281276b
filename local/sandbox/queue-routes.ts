// The queue routes: bodies in, rules asked, statuses out.
import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import { identifyExecutor, identifyJob } from './identify.ts';
import type { LogEntry } from './jobs.ts';
import { errorReply, type Reply } from './reply.ts';
import type { SandboxRules } from './rules.ts';
import { DequeueBody, HeartbeatBody, LogEntryBody, MarkBody } from './wire.ts';

interface QueueRoutesOptions {
  readonly rules: SandboxRules;
  readonly accessToken: () => string;
}

const NOT_FOUND: Reply = { status: 404, text: '404 page not found\n' };

/** `queue` is undefined on the several-queues routes. */
export function queueRoute(
  options: QueueRoutesOptions,
  queue: string | undefined,
  action: string,
  request: IncomingMessage,
  body: Buffer,
): Reply {
  if (queue !== undefined && !options.rules.hasQueue(queue)) return NOT_FOUND;
  if (action === 'dequeue' || action === 'heartbeat') {
    const caller = identifyExecutor(request.headers, options.accessToken());
    if (caller.kind === 'error') return errorReply(caller);
    return action === 'dequeue' ? dequeue(options.rules, queue, body) : heartbeat(options.rules, queue, body);
  }
  if (queue === undefined) return NOT_FOUND;
  switch (action) {
    case 'addExecutionLogEntry':
    case 'updateExecutionLogEntry':
      return logEntry(options, queue, action === 'addExecutionLogEntry', request, body);
    case 'markComplete':
      return mark(options, queue, 'completed', request, body);
    case 'markErrored':
      return mark(options, queue, 'errored', request, body);
    case 'markFailed':
      return mark(options, queue, 'failed', request, body);
    default:
      return NOT_FOUND;
  }
}

function dequeue(rules: SandboxRules, queue: string | undefined, body: Buffer): Reply {
  const parsed = parse(DequeueBody, body);
  if ('status' in parsed) return parsed;
  const { executorName, version, queues } = parsed.value;
  const answer = rules.dequeue({
    executorName,
    version,
    queues: queue === undefined ? (queues ?? []) : [queue],
    several: queue === undefined,
  });
  if (answer.kind === 'error') return errorReply(answer);
  return answer.kind === 'empty' ? { status: 204 } : { status: 200, json: answer.wire };
}

function heartbeat(rules: SandboxRules, queue: string | undefined, body: Buffer): Reply {
  const parsed = parse(HeartbeatBody, body);
  if ('status' in parsed) return parsed;
  const { executorName, jobIds, jobIdsByQueue, queueNames } = parsed.value;
  const several = queue === undefined;
  const held = several
    ? (jobIdsByQueue ?? []).map((entry) => ({ queue: entry.queueName, jobIds: (entry.jobIds ?? []).map(Number) }))
    : [{ queue, jobIds: jobIds ?? [] }];
  const answer = rules.heartbeat({ executorName, held, ...(several ? { configured: queueNames ?? [] } : {}) });
  if (answer.kind === 'error') return errorReply(answer);
  const named = (jobs: readonly { id: number; queue: string }[]): unknown => {
    // Go's nil slices: null where nothing is known, [] only when a single-queue executor held nothing.
    if (jobs.length === 0) return !several && (jobIds ?? []).length === 0 ? [] : null;
    return jobs.map((job) => (several ? `${job.id}-${job.queue}` : String(job.id)));
  };
  return { status: 200, json: { knownIds: named(answer.known), cancelIds: named(answer.cancel) } };
}

function logEntry(
  options: QueueRoutesOptions,
  queue: string,
  add: boolean,
  request: IncomingMessage,
  body: Buffer,
): Reply {
  const parsed = parse(LogEntryBody, body);
  if ('status' in parsed) return parsed;
  const caller = identifyJob(request.headers, options.accessToken(), parsed.value);
  if (caller.kind === 'error') return errorReply(caller);
  const { key, command, startTime, exitCode, out, durationMs, entryId } = parsed.value;
  const entry: LogEntry = {
    key,
    command: command ?? null,
    startTime,
    out,
    ...(typeof exitCode === 'number' ? { exitCode } : {}),
    ...(typeof durationMs === 'number' ? { durationMs } : {}),
  };
  const answer = add
    ? options.rules.addLogEntry(queue, caller.identity, entry)
    : options.rules.updateLogEntry(queue, caller.identity, entryId ?? 0, entry);
  switch (answer.kind) {
    case 'error':
      return errorReply(answer);
    case 'added':
      return { status: 200, json: answer.entryId };
    case 'updated':
      return { status: 204 };
  }
}

function mark(
  options: QueueRoutesOptions,
  queue: string,
  outcome: 'completed' | 'errored' | 'failed',
  request: IncomingMessage,
  body: Buffer,
): Reply {
  const parsed = parse(MarkBody, body);
  if ('status' in parsed) return parsed;
  const caller = identifyJob(request.headers, options.accessToken(), parsed.value);
  if (caller.kind === 'error') return errorReply(caller);
  const answer = options.rules.mark(queue, caller.identity, outcome, parsed.value.errorMessage);
  return answer.kind === 'error' ? errorReply(answer) : { status: 204 };
}

function parse<T>(schema: z.ZodType<T>, body: Buffer): { readonly value: T } | Reply {
  try {
    return { value: schema.parse(JSON.parse(body.toString('utf8'))) };
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    return { status: 400, text: `Failed to unmarshal payload: ${why}\n` };
  }
}
