// The job's files and the scripts of its docker steps, written into the workspace under one log entry.
import { quote } from '#batches/go/quote.ts';
import { fetchFile } from '#sourcegraph/files.ts';
import { inlineContent } from '#sourcegraph/job.ts';
import type { Job, JobFile } from '#sourcegraph/job.ts';
import { withRetries } from '#sourcegraph/retry.ts';
import type { RetryPolicy } from '#sourcegraph/retry.ts';
import { failed, interrupted, OK } from '../command-outcome.ts';
import type { Failure, Outcome } from '../command-outcome.ts';
import type { JobContext } from '../job-context.ts';
import type { LogEntry } from '../log-entries/log-entry.ts';
import { realRandom } from '../real-random.ts';
import { modificationTime } from './modification-time.ts';
import { scriptName, stepScript } from './step-script.ts';
import { writeInside } from './write-inside.ts';
import type { FileToWrite } from './write-inside.ts';

export const FILES_KEY = 'setup.fs.extras';

/** A Sourcegraph that restarts is waited for. */
const FETCH_POLICY: RetryPolicy = {
  attemptsMax: Infinity,
  elapsedMsMax: 5 * 60_000,
  firstDelayMs: 200,
  delayMsMax: 10_000,
};

export async function writeFiles(context: JobContext): Promise<Outcome> {
  const { job } = context.payload;
  const files = Object.entries(job.files);
  if (files.length === 0 && job.dockerSteps.length === 0) return OK;
  const entry = context.entries.begin(FILES_KEY, null);
  const outcome = await writeAll(context, entry);
  if (outcome.kind !== 'ok') entry.note(outcome.message);
  entry.end(outcome.kind === 'ok' ? 0 : 1);
  return outcome;
}

async function writeAll(context: JobContext, entry: LogEntry): Promise<Outcome> {
  const { job } = context.payload;
  for (const [name, file] of Object.entries(job.files)) {
    const content = await contentOf(context, name, file);
    if (content.kind !== 'content') return content;
    const modifiedAt = file.modifiedAt === undefined ? undefined : modificationTime(file.modifiedAt);
    if (modifiedAt === 'unreadable') {
      return failed(`file ${quote(name)}: modifiedAt is no RFC 3339 time`);
    }
    const outcome = await write(context, entry, {
      name,
      content: content.bytes,
      ...(modifiedAt === undefined ? {} : { modifiedAt }),
    });
    if (outcome.kind !== 'ok') return outcome;
  }
  for (const index of job.dockerSteps.keys()) {
    const outcome = await write(context, entry, scriptFile(job, index));
    if (outcome.kind !== 'ok') return outcome;
  }
  return OK;
}

/** Writes a step's script once more, right before the step: an earlier one may have changed it. */
export async function rewriteScript(context: JobContext, index: number): Promise<Outcome> {
  return outcomeOf(() => writeInside(context.paths.job, scriptFile(context.payload.job, index)));
}

/** A docker step's script as it is to be written. */
export function scriptFile(job: Job, index: number): FileToWrite {
  const step = job.dockerSteps[index];
  if (step === undefined) throw new Error(`the job has no docker step ${index}`);
  return { name: scriptName(job, index), content: Buffer.from(stepScript(step)) };
}

async function write(context: JobContext, entry: LogEntry, file: FileToWrite): Promise<Outcome> {
  const startedAt = performance.now();
  return outcomeOf(async () => {
    const written = await writeInside(context.paths.job, file);
    if (written.kind === 'written')
      entry.note(`Wrote ${written.path} in ${goMicroseconds(performance.now() - startedAt)}`);
    return written;
  });
}

/** A full disk or a forbidden folder is the job's failure, told in the system's words. */
async function outcomeOf(write: () => ReturnType<typeof writeInside>): Promise<Outcome> {
  return systemErrorsFail(async () => {
    const written = await write();
    return written.kind === 'written' ? OK : failed(written.message);
  });
}

/** The same for anything else that works on files. */
export async function systemErrorsFail(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return failed(error.message);
    throw error;
  }
}

type Content = { readonly kind: 'content'; readonly bytes: Uint8Array };

async function contentOf(context: JobContext, name: string, file: JobFile): Promise<Content | Failure> {
  const { bucket, key } = file;
  if (bucket !== undefined && key !== undefined) return fetchContent(context, name, { bucket, key });
  if (file.content === undefined) return { kind: 'content', bytes: new Uint8Array(0) };
  const bytes = inlineContent(context.payload.job.version, file.content);
  return bytes === 'not-base64' ? failed(`file ${quote(name)}: its content is no base64`) : { kind: 'content', bytes };
}

async function fetchContent(
  context: JobContext,
  name: string,
  file: { readonly bucket: string; readonly key: string },
): Promise<Content | Failure> {
  const { clock, signal } = context;
  const answer = await withRetries(
    FETCH_POLICY,
    { clock, random: realRandom },
    signal,
    () => fetchFile(context.wire, context.access, context.payload.executorToken, file, signal),
    (result) => (result.kind === 'unreachable' ? { retryAfterMs: result.retryAfterMs } : 'done'),
  );
  if (signal.aborted) return interrupted(signal);
  if (answer.kind === 'file') return { kind: 'content', bytes: answer.bytes };
  const why = answer.kind === 'not-found' ? 'Sourcegraph has no such file' : answer.message;
  return failed(`fetching file ${quote(name)}: ${why}`);
}

/** As Go prints a short duration: `85.123µs`, `1.204ms`. */
function goMicroseconds(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1000)}µs`;
  return ms < 1000 ? `${Math.round(ms * 1000) / 1000}ms` : `${Math.round(ms) / 1000}s`;
}
