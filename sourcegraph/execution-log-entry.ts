// One entry of a job's execution log, as the two routes that write it send it. An update replaces the whole entry, so
// `out` is always the full text so far.

export interface ExecutionLogEntry {
  /** Such as `setup.git.fetch` or `step.docker.step.0.run`; the instance shows the first entry with a key. */
  readonly key: string;
  /** Null for what is no command, such as `teardown.fs`. */
  readonly command: readonly string[] | null;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  /** Lines prefixed `stdout: ` or `stderr: `; lone surrogates stand for bytes that are no UTF-8. */
  readonly out: string;
  /** Both come with the last update only. */
  readonly exitCode?: number;
  readonly durationMs?: number;
}

/**
 * The fields in the reference's order (internal/executor/store.go); what is empty or not known yet is left out.
 * Bytes that are no UTF-8 become U+FFFD, one each, as Go's encoder writes them.
 */
export function logEntryBody(entry: ExecutionLogEntry): Record<string, unknown> {
  return {
    key: entry.key,
    command: entry.command === null ? null : entry.command.map((argument) => argument.toWellFormed()),
    startTime: new Date(entry.startTime).toISOString(),
    ...(entry.exitCode === undefined ? {} : { exitCode: entry.exitCode }),
    ...(entry.out === '' ? {} : { out: entry.out.toWellFormed() }),
    ...(entry.durationMs === undefined ? {} : { durationMs: Math.round(entry.durationMs) }),
  };
}

/** For a slow line: a minute, and a second more for each 100 KB of log text. */
export function logEntryTimeoutMs(entry: ExecutionLogEntry): number {
  return 60_000 + Math.ceil(entry.out.length / 100);
}

/** The instance's answer, with status 500, for a job that is not ours or not processing, or an entry that is not there. */
export const UNKNOWN_JOB = 'unknown job';
