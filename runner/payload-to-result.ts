// A task's way from its payload to its stored result, whatever runs the job between, and the exit code that tells the same.
// The exit code is what completion believes when no result arrives, and no step can forge it.
import { type JobResult, RUNNER_EXIT, runnerExitCode } from '#jobs/job-result.ts';
import type { Payload } from '#jobs/payload.ts';
import { fetchPayload, JobLinks, type LinksWorld } from './links.ts';

export interface TaskLife {
  readonly payloadUrl: string;
  readonly links: LinksWorld;
  runJob(payload: Payload): Promise<JobResult>;
  /** Aborted when the task is told to stop. */
  readonly stop: AbortSignal;
  /** Aborted, after `stop`, when the task is killed: from then on nothing more is said to anyone. */
  readonly kill: AbortSignal;
  /** One line for the operator's log; never holds a secret. */
  readonly say: (line: string) => void;
}

/** Told to stop, the task has 120 s, of which the log entries may take 60. */
const STORE_HURRIED_MS = 30_000;

export async function payloadToResult(task: TaskLife): Promise<number> {
  const fetched = await fetchPayload(task.links, task.payloadUrl, task.stop);
  if (fetched.kind === 'failed') {
    task.say(fetched.message);
    return task.stop.aborted ? RUNNER_EXIT.stopped : RUNNER_EXIT.setup;
  }
  const { payload } = fetched;
  const ended = new AbortController();
  const jobLinks = new JobLinks(task.links, payload.links);
  const fresh = jobLinks.keepFresh(ended.signal);
  const result = await task.runJob(payload);
  ended.abort();
  await fresh;
  const stored = new AbortController();
  if (!(await jobLinks.store(result, lateAfter(task, stored.signal)))) task.say('the result could not be stored');
  stored.abort();
  task.say(`${result.outcome.kind}, ${result.logEntries} log entries, ${result.logBytesSent} bytes of log sent`);
  return runnerExitCode(result.outcome);
}

/** Aborts some time after the task was told to stop, and at once when it is killed; never once `over` has. */
function lateAfter({ links: { clock }, stop, kill }: TaskLife, over: AbortSignal): AbortSignal {
  const late = new AbortController();
  if (kill.aborted) late.abort();
  kill.addEventListener('abort', () => late.abort(), { once: true });
  const startTimer = async (): Promise<void> => {
    if ((await clock.sleep(STORE_HURRIED_MS, over)) === 'slept') late.abort();
  };
  if (stop.aborted) void startTimer();
  else stop.addEventListener('abort', () => void startTimer(), { once: true });
  return late.signal;
}
