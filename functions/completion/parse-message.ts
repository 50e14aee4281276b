// What stands in one message of the results queue. Four writers share it: the bucket's notifications, EventBridge's rule
// for stopped tasks, the dispatcher, and S3's own test message when the notification is set up.
import * as z from 'zod/mini';
import type { ResultMessage } from '#jobs/world.ts';
import { BUCKET } from '#settings/storage.ts';
import { taskStopped, TaskStateChangeSchema } from '#functions/aws/task-stopped-event.ts';

const S3TestSchema = z.object({ Service: z.literal('Amazon S3'), Event: z.literal('s3:TestEvent') });

const S3NotificationSchema = z.object({
  Records: z
    .array(z.object({ eventSource: z.literal('aws:s3'), s3: z.object({ object: z.object({ key: z.string() }) }) }))
    .check(z.minLength(1)),
});

const StoppedContainerSchema = z.object({
  name: z.string(),
  exitCode: z.optional(z.number()),
  reason: z.optional(z.string()),
  imageDigest: z.optional(z.string()),
});

const Time = z.optional(z.number());

/** As functions/aws/sqs-results-queue.ts writes it. */
export const OwnMessageSchema = z.object({
  v: z.union([z.literal(1), z.literal(2)]),
  message: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('result-stored'), attempt: z.string() }),
    z.object({ kind: z.literal('mark-due'), key: z.string() }),
    z.object({
      kind: z.literal('task-stopped'),
      stopped: z.object({
        task: z.string(),
        attempt: z.string(),
        stopCode: z.optional(z.string()),
        stoppedReason: z.string(),
        containers: z.array(StoppedContainerSchema),
        version: z.number(),
        createdAt: Time,
        startedAt: Time,
        pullStartedAt: Time,
        pullStoppedAt: Time,
        stoppedAt: Time,
        spot: z.boolean(),
      }),
    }),
  ]),
});

export type ParsedMessage =
  /** Possibly none: a test message, another object, a task that has not stopped. */
  | { readonly kind: 'messages'; readonly messages: readonly ResultMessage[] }
  | { readonly kind: 'unreadable'; readonly why: string };

export function parseMessage(body: string): ParsedMessage {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: 'unreadable', why: 'it is not JSON' };
  }
  const own = OwnMessageSchema.safeParse(json);
  if (own.success) return messages(own.data.message as ResultMessage);
  const stored = S3NotificationSchema.safeParse(json);
  if (stored.success) return messages(...stored.data.Records.flatMap(({ s3 }) => storedResult(s3.object.key)));
  const change = TaskStateChangeSchema.safeParse(json);
  if (change.success) return messages(...stoppedTask(change.data.detail));
  if (S3TestSchema.safeParse(json).success) return messages();
  return { kind: 'unreadable', why: 'it is no message of S3, of ECS or of the dispatcher' };
}

const messages = (...all: readonly ResultMessage[]): ParsedMessage => ({ kind: 'messages', messages: all });

function storedResult(encodedKey: string): readonly ResultMessage[] {
  const key = decodeKey(encodedKey);
  if (key === undefined || !key.startsWith(BUCKET.attempts) || !key.endsWith(BUCKET.resultSuffix)) return [];
  return [{ kind: 'result-stored', attempt: key.slice(BUCKET.attempts.length, -BUCKET.resultSuffix.length) }];
}

/** Notifications carry keys URL-encoded, with `+` for a space. */
function decodeKey(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function stoppedTask(task: z.output<typeof TaskStateChangeSchema>['detail']): readonly ResultMessage[] {
  return task.lastStatus === 'STOPPED' ? [{ kind: 'task-stopped', stopped: taskStopped(task) }] : [];
}
