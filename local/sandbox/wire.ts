// The bodies of the sandbox's routes. Strict as Go's JSON decoder is for the real instance: a wrong type is refused,
// an unknown field is not.
import * as z from 'zod';

const QueueIdsSchema = z.object({ queueName: z.string(), jobIds: z.array(z.string().regex(/^\d+$/)).nullish() });

export const DequeueBody = z.object({
  executorName: z.string().default(''),
  version: z.string().default(''),
  queues: z.array(z.string()).nullish(),
  numCPUs: z.number().int().optional(),
  memory: z.string().optional(),
  diskSpace: z.string().optional(),
});

export const HeartbeatBody = z.object({
  executorName: z.string().default(''),
  jobIds: z.array(z.union([z.number().int(), z.string().regex(/^\d+$/).transform(Number)])).nullish(),
  jobIdsByQueue: z.array(QueueIdsSchema).nullish(),
  queueNames: z.array(z.string()).nullish(),
  os: z.string().optional(),
  architecture: z.string().optional(),
  executorVersion: z.string().optional(),
  prometheusMetrics: z.string().optional(),
});

export const LogEntryBody = z.object({
  executorName: z.string().default(''),
  jobId: z.number().int(),
  entryId: z.number().int().optional(),
  key: z.string().default(''),
  command: z.array(z.string()).nullish(),
  startTime: z.iso.datetime({ offset: true }),
  exitCode: z.number().int().nullish(),
  out: z.string().default(''),
  durationMs: z.number().int().nullish(),
});

export const MarkBody = z.object({
  executorName: z.string().default(''),
  jobId: z.number().int(),
  errorMessage: z.string().optional(),
});
