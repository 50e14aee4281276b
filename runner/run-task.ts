// The task's whole run: payload in, job carried out, result stored, exit code out. The exit code is what completion
// believes when no result arrives, and no step can forge it.
import { RUNNER_EXIT, runnerExitCode } from '#jobs/job-result.ts';
import type { Clock } from '#jobs/world.ts';
import { createHttpTransport } from '#sourcegraph/http.ts';
import type { RunHostCommand } from './host-command.ts';
import { fetchPayload, JobLinks } from './links.ts';
import { runJob } from './run-job.ts';
import type { StepContainer } from './step-container.ts';
import type { TaskPaths } from './task-paths.ts';
import type { HostEnvironment } from './workspace/git-environment.ts';

export interface RunTask {
  readonly payloadUrl: string;
  readonly paths: TaskPaths;
  readonly clock: Clock;
  readonly hostEnvironment: HostEnvironment;
  /** Starts a command of the step-runner's own where it ends with the task. */
  readonly hostCommand: RunHostCommand;
  /** Makes the named step containers' pipes and gets hold of them; those that are there already are left alone. */
  readonly openContainers: (names: readonly string[]) => Promise<ReadonlyMap<string, StepContainer>>;
  /** Aborted when the task is told to stop. */
  readonly stop: AbortSignal;
  /** Aborted, after `stop`, when the task is killed: from then on nothing more is said to anyone. */
  readonly kill: AbortSignal;
  /** One line for the operator's log; never holds a secret. */
  readonly say: (line: string) => void;
}

/** Told to stop, the task has 120 s, of which the log entries may take 60. */
const STORE_HURRIED_MS = 30_000;

export async function runTask(task: RunTask): Promise<number> {
  // Links are used without proxy: the store is reached within the task's own network.
  const links = { transport: createHttpTransport(), clock: task.clock };
  const fetched = await fetchPayload(links, task.payloadUrl, task.stop);
  if (fetched.kind === 'failed') {
    task.say(fetched.message);
    return task.stop.aborted ? RUNNER_EXIT.stopped : RUNNER_EXIT.setup;
  }
  const { payload } = fetched;
  const ended = new AbortController();
  const jobLinks = new JobLinks(links, payload.links);
  const fresh = jobLinks.keepFresh(ended.signal);
  const { caBundle, proxy, tlsVerify } = payload.options;
  const transport = createHttpTransport({
    tlsVerify,
    ...(caBundle === undefined ? {} : { caBundle }),
    ...(proxy === undefined ? {} : { proxy: withoutUndefined(proxy) }),
  });
  const stepContainers = await task.openContainers(payload.stepContainers.map(({ container }) => container));
  const result = await runJob({ ...task, payload, transport, stepContainers });
  ended.abort();
  await fresh;
  transport.close();
  if (!(await jobLinks.store(result, lateAfter(task)))) task.say('the result could not be stored');
  links.transport.close();
  task.say(`${result.outcome.kind}, ${result.logEntries} log entries, ${result.logBytesSent} bytes of log sent`);
  return runnerExitCode(result.outcome);
}

/** Aborts some time after the task was told to stop, and at once when it is killed. */
function lateAfter({ clock, stop, kill }: RunTask): AbortSignal {
  const late = new AbortController();
  if (kill.aborted) late.abort();
  kill.addEventListener('abort', () => late.abort(), { once: true });
  const startTimer = (): void => void clock.sleep(STORE_HURRIED_MS).then(() => late.abort());
  if (stop.aborted) startTimer();
  else stop.addEventListener('abort', startTimer, { once: true });
  return late.signal;
}

type Proxy = {
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  readonly no?: string | undefined;
};

function withoutUndefined({ http, https, no }: Proxy): { http?: string; https?: string; no?: string } {
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    ...(no === undefined ? {} : { no }),
  };
}
