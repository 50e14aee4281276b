// The payload of one attempt: the job, and what its step-runner must know of the executor. Never the executor's token.
import type { Job } from '#sourcegraph/job.ts';
import { attemptId } from './keys.ts';
import type { DispatchOptions } from './options.ts';
import type { Links, Payload } from './payload.ts';
import type { JobRecord } from './record.ts';

export function buildPayload(
  record: JobRecord,
  job: Job,
  options: DispatchOptions,
  stepContainers: readonly Payload['stepContainers'][number][],
  links: Links,
  forget: string | undefined,
): Payload {
  return {
    v: 1,
    attempt: attemptId(record.key, record.attempt),
    attemptNumber: record.attempt,
    logEntries: record.logEntries,
    ...(record.lastLoss === undefined ? {} : { relaunchedBecause: record.lastLoss }),
    frontendUrl: options.frontendUrl,
    executorName: options.executorName,
    queue: record.queue,
    job,
    redactedValues: redactedValues(job),
    stepContainers: [...stepContainers],
    runtimeLimitMs: record.runtimeLimitMs,
    links,
    ...(forget === undefined ? {} : { forget }),
    options: options.runner,
  };
}

const EXECUTOR_TOKEN = /token-executor\s+(\S+)/g;

/**
 * The job's own list, and the executor's token where a step's environment brings it (codeintel's upload). An empty
 * secret would be found between all characters, so it is left out.
 */
function redactedValues(job: Job): Record<string, string> {
  const brought = job.dockerSteps
    .flatMap(({ env }) => env)
    .flatMap((variable) => [...variable.matchAll(EXECUTOR_TOKEN)].map((match) => match[1] ?? ''));
  const all = [...brought.map((token) => [token, 'SECRET_REMOVED'] as const), ...Object.entries(job.redactedValues)];
  return Object.fromEntries(all.filter(([secret]) => secret !== ''));
}
