// Everything that is done for one job while it runs, under the job's own token: its log entries and its files. Repeats
// what is safe to repeat; what is not says so in its answer.
import type { JobAccess } from './access.ts';
import type { Refused, Unreachable } from './answers.ts';
import { addExecutionLogEntry, type AddLogEntryAnswer } from './add-execution-log-entry.ts';
import type { Wire } from './exchange.ts';
import type { ExecutionLogEntry } from './execution-log-entry.ts';
import { fetchFile, type FetchFileAnswer, type FileRequest } from './files.ts';
import { QUICK, withRetries, type Clock, type Random, type RetryPolicy, type RetryVerdict } from './retry.ts';
import { updateExecutionLogEntry, type UpdateLogEntryAnswer } from './update-execution-log-entry.ts';

export interface JobClientOptions extends Pick<Wire, 'transport'> {
  readonly access: JobAccess;
  /** Only for jobs of old instances, which carry no token of their own. */
  readonly fallbackExecutorToken?: string;
  readonly clock: Clock;
  readonly random: Random;
  /** {@link QUICK} unless said otherwise, here or in a call. */
  readonly retry?: RetryPolicy;
}

export interface JobClient {
  /** Repeated only while it surely was not added. */
  addLogEntry(entry: ExecutionLogEntry, signal?: AbortSignal, retry?: RetryPolicy): Promise<AddLogEntryAnswer>;
  updateLogEntry(
    entryId: number,
    entry: ExecutionLogEntry,
    signal?: AbortSignal,
    retry?: RetryPolicy,
  ): Promise<UpdateLogEntryAnswer>;
  fetchFile(file: FileRequest, signal?: AbortSignal, retry?: RetryPolicy): Promise<FetchFileAnswer>;
}

export function createJobClient(options: JobClientOptions): JobClient {
  const { access, clock, random, fallbackExecutorToken } = options;
  const wire: Wire = { transport: options.transport, frontendUrl: access.frontendUrl };
  const retrying = <T extends { readonly kind: string } | Unreachable>(
    signal: AbortSignal | undefined,
    retry: RetryPolicy | undefined,
    attempt: () => Promise<T>,
  ) => withRetries(retry ?? options.retry ?? QUICK, { clock, random }, signal, attempt, worthRepeating);
  return {
    addLogEntry: (entry, signal, retry) =>
      retrying(signal, retry, () => addExecutionLogEntry(wire, access, fallbackExecutorToken, entry, signal)),
    updateLogEntry: (entryId, entry, signal, retry) =>
      retrying(signal, retry, () =>
        updateExecutionLogEntry(wire, access, fallbackExecutorToken, entryId, entry, signal),
      ),
    fetchFile: (file, signal, retry) =>
      retrying(signal, retry, () => fetchFile(wire, access, fallbackExecutorToken, file, signal)),
  };
}

/** Only "not there" is worth a repeat; certificates, redirects and web pages do not mend themselves within seconds. */
export function worthRepeating(answer: { readonly kind: string } | Unreachable | Refused): RetryVerdict {
  if (!('why' in answer)) return 'done';
  switch (answer.why) {
    case 'dns':
    case 'connection-refused':
    case 'no-route':
    case 'connection-lost':
    case 'proxy':
    case 'time-out':
    case 'rate-limited':
    case 'garbled':
    case 'other':
    case 'server-error':
    // A gateway's maintenance page comes with any status and goes away.
    case 'not-sourcegraph':
      return { retryAfterMs: answer.retryAfterMs };
    case 'aborted':
    case 'redirected':
    case 'tls-untrusted':
    case 'tls-expired':
    case 'tls-host-mismatch':
    case 'tls-protocol':
    case 'too-large':
    case 'no-token':
      return 'done';
  }
}
