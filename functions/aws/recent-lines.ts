// The last lines in which dispatcher and completion tell of trouble: warnings and errors, jobs that failed, and what Lambda
// itself says of an invocation that died.
// Source: CloudWatch Logs User Guide, "Filter pattern syntax".
import { CloudWatchLogsClient, FilterLogEventsCommand, type FilteredLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import * as z from 'zod/mini';
import type { Millis } from '#jobs/world.ts';
import { logGroupName } from '#settings/pool-names.ts';
import { QUICK } from './client-settings.ts';
import { parseJson } from './parse-json.ts';

export interface RecentLine {
  readonly at: Millis;
  readonly from: 'dispatcher' | 'completion';
  readonly level: string;
  readonly message: string;
  /** `42 of batches` */
  readonly job?: string;
  /** Kind of failure of a job. */
  readonly failure?: string;
  /** AWS's, Sourcegraph's or a user's words. */
  readonly detail?: string;
}

export interface RecentLines {
  /** The last ones, oldest first. */
  readonly lines: readonly RecentLine[];
  /** How far back was looked. */
  readonly sinceMs: Millis;
  /** There were more lines than could be read. */
  readonly cut: boolean;
}

const PATTERNS = [
  '{ ($.level = "ERROR") || ($.level = "WARN") || ($.failure = "*") }',
  // Not JSON: Lambda's own words.
  '?"Task timed out" ?"Runtime exited" ?"Invoke Error" ?"Uncaught Exception"',
];
/** A busy pool has enough in the first, an idle one is looked at further back. */
const WINDOWS_MS = [60 * 60_000, 24 * 60 * 60_000];
const SHOWN_MAX = 10;
const PAGES_MAX = 4;
const TEXT_MAX = 240;

export async function readRecentLines(poolName: string, now: Millis): Promise<RecentLines> {
  const client = new CloudWatchLogsClient(QUICK);
  try {
    let found: RecentLines = { lines: [], sinceMs: 0, cut: false };
    for (const sinceMs of WINDOWS_MS) {
      found = await readWindow(client, poolName, now - sinceMs, sinceMs);
      if (found.lines.length > 0) break;
    }
    return found;
  } finally {
    client.destroy();
  }
}

async function readWindow(
  client: CloudWatchLogsClient,
  poolName: string,
  startTime: Millis,
  sinceMs: Millis,
): Promise<RecentLines> {
  const sources = (['dispatcher', 'completion'] as const).flatMap((from) =>
    PATTERNS.map((filterPattern) => ({ from, filterPattern })),
  );
  const read = await Promise.all(
    sources.map(async ({ from, filterPattern }) => {
      const { events, cut } = await filter(client, {
        logGroupName: logGroupName(poolName, from),
        filterPattern,
        startTime,
      });
      return { lines: events.map((event) => lineOf(event, from)), cut };
    }),
  );
  const lines = read.flatMap((one) => one.lines).sort((a, b) => a.at - b.at);
  return { lines: lines.slice(-SHOWN_MAX), sinceMs, cut: read.some((one) => one.cut) };
}

async function filter(
  client: CloudWatchLogsClient,
  input: { readonly logGroupName: string; readonly filterPattern: string; readonly startTime: Millis },
): Promise<{ readonly events: readonly FilteredLogEvent[]; readonly cut: boolean }> {
  const events: FilteredLogEvent[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer = await client.send(
      new FilterLogEventsCommand({ ...input, ...(nextToken === undefined ? {} : { nextToken }) }),
    );
    events.push(...(answer.events ?? []));
    nextToken = answer.nextToken;
    if (nextToken === undefined) break;
  }
  return { events, cut: nextToken !== undefined };
}

const Text = z.optional(z.string());
const LineSchema = z.looseObject({
  level: z.string(),
  message: z.string(),
  queue: Text,
  jobId: z.optional(z.number()),
  failure: Text,
  errorMessage: Text,
  reason: Text,
  error: z.optional(z.union([z.string(), z.looseObject({ message: z.string() })])),
});

function lineOf({ timestamp = 0, message = '' }: FilteredLogEvent, from: RecentLine['from']): RecentLine {
  const parsed = LineSchema.safeParse(parseJson(message));
  if (!parsed.success) return { at: timestamp, from, level: 'ERROR', message: short(message) };
  const { error, errorMessage, failure, jobId, level, queue, reason } = parsed.data;
  const detail = errorMessage ?? (typeof error === 'object' ? error.message : error) ?? reason;
  return {
    at: timestamp,
    from,
    level,
    message: parsed.data.message,
    ...(jobId === undefined ? {} : { job: `${jobId} of ${queue ?? ''}` }),
    ...(failure === undefined ? {} : { failure }),
    ...(detail === undefined ? {} : { detail: short(detail) }),
  };
}

/** One line of bounded length. */
function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > TEXT_MAX ? `${line.slice(0, TEXT_MAX)}…` : line;
}
