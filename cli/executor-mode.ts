// The self-hosted executor: with EXECUTOR_FRONTEND_URL set, the program takes the jobs of that instance until it is told
// to stop.
import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { chooseEngine } from '#local/engine-choice.ts';
import { startLocalExecutor } from '#local/executor.ts';
import { type HealthServer, startHealthServer } from '#local/health-server.ts';
import { type ConnectedInstance, connectInstance } from '#local/instance.ts';
import { FOR_AN_INSTANCE, parseSettings, type SettingsWith } from '#settings/parse.ts';
import type { Environment, Problem } from '#settings/read-table.ts';
import { createHttpTransport } from '#sourcegraph/http.ts';
import { dispatchOptions, proxies, textOrFile } from './dispatch-options.ts';
import { EXIT } from './exit-codes.ts';
import { createJournal } from './journal.ts';
import { runnerCommand } from './runner-command.ts';
import { onStopSignals } from './signals.ts';
import { limitLife } from './limited-life.ts';

type InstanceSettings = SettingsWith<(typeof FOR_AN_INSTANCE)[number]>;

export interface ExecutorModeOptions {
  readonly environment: Environment;
  readonly print: (line: string) => void;
}

/** Resolves to the program's exit code. */
export async function executorMode({ environment, print }: ExecutorModeOptions): Promise<number> {
  const parsed = parseSettings(environment, FOR_AN_INSTANCE);
  if (parsed.kind === 'invalid') return refuse(parsed.problems, print);
  const { settings, notices } = parsed;
  for (const { message } of notices) print(message);
  return run(settings, environment, print);
}

export function refuse(problems: readonly Problem[], print: (line: string) => void): number {
  for (const { message } of problems) print(message);
  return EXIT.usage;
}

async function run(
  settings: InstanceSettings,
  environment: Environment,
  print: (line: string) => void,
): Promise<number> {
  const executorName = settings.executorName ?? `${os.hostname()}-${randomBytes(4).toString('hex')}`;
  const frontendUrl = settings.frontendUrl;
  const caBundle = await textOrFile('EXECUTOR_TLS_CA_BUNDLE', settings.tlsCaBundle);
  const chosen = await chooseEngine({
    backend: settings.backend,
    runnerCommand,
    stateFolder: settings.stateDirectory ?? path.join(os.tmpdir(), `sourcegraph-executor-${os.userInfo().uid}`),
    environment,
    say: print,
  });
  if (chosen.kind === 'refused') {
    print(chosen.message);
    return EXIT.usage;
  }
  const { engine, runnerImage } = chosen;
  const dispatch = await dispatchOptions(settings, { frontendUrl, executorName, runnerImage });
  const transport = createHttpTransport({
    proxy: proxies(settings),
    tlsVerify: !settings.tlsInsecureSkipVerify,
    ...(caBundle === undefined ? {} : { caBundle }),
  });
  const instance = await connectInstance({
    frontendUrl,
    token: settings.frontendPassword,
    executorName,
    queues: settings.queues,
    resources: {
      numCpus: settings.jobNumCpus,
      memory: sizeText(settings.jobMemory),
      diskSpace: sizeText(settings.jobDiskSpace),
    },
    transport,
    environment,
  });
  const stopping = new AbortController();
  const giveBackSignals = onStopSignals({ first: () => stopping.abort(), second: () => stopping.abort() });
  try {
    const connected = await connect(instance, stopping.signal, print);
    if (connected !== 'connected') {
      await engine.close();
      return connected === 'stopped' ? EXIT.ok : EXIT.refused;
    }
    print(`✱ Sourcegraph executor connected to ${frontendUrl}; listening for jobs`);
    print(
      `  executor ${executorName}, up to ${settings.maximumNumJobs} job(s), engine ${engine.name}: ${engine.description}`,
    );
  } finally {
    giveBackSignals();
  }
  const journal = createJournal({
    level: settings.logLevel,
    format: settings.logFormat,
    write: (line) => void process.stderr.write(line),
    now: Date.now,
    secrets: [settings.frontendPassword],
  });
  const limited = limitLife(instance, { totalJobs: settings.numTotalJobs, activeMs: settings.maxActiveTime });
  const executor = await startLocalExecutor({
    instance: limited.instance,
    engine,
    dispatch,
    journal,
    ...(chosen.program === undefined ? {} : { payloadHost: chosen.program }),
  });
  const state = { draining: false };
  const drain = (why: string): void => {
    if (state.draining) return;
    state.draining = true;
    print(
      `${why}: no more jobs are taken, running ones finish (up to ${settings.shutdownGracePeriod / 1000} s); once more to stop them.`,
    );
    executor.drain();
    grace = setTimeout(() => abort('The grace period is over'), settings.shutdownGracePeriod);
  };
  let grace: NodeJS.Timeout | undefined;
  const abort = (why: string): void => {
    print(`${why}: running jobs are stopped; Sourcegraph gives them to others.`);
    executor.abort();
  };
  limited.onOver(() => drain('EXECUTOR_NUM_TOTAL_JOBS or EXECUTOR_MAX_ACTIVE_TIME is reached'));
  const forget = onStopSignals({ first: (signal) => drain(signal), second: (signal) => abort(signal) });
  let health: HealthServer | undefined;
  try {
    if (settings.healthServerAddress !== undefined)
      health = await startHealthServer(settings.healthServerAddress, () => !state.draining);
    if (stopping.signal.aborted) drain('Asked to stop');
    const end = await executor.ended;
    if (end.kind === 'aborted') return EXIT.stopped;
    // Asked to stop, it had no more to do: that Sourcegraph was away just then is in the log already.
    if (end.kind !== 'failed' || state.draining) return EXIT.ok;
    print(`The executor ended: ${end.message}`);
    return EXIT.failed;
  } finally {
    clearTimeout(grace);
    limited.close();
    health?.close();
    forget();
    transport.close();
  }
}

const RETRY_MS = 5_000;

/** Waits for an instance that is away, saying why once; one that says no is not asked again. */
async function connect(
  instance: ConnectedInstance,
  stop: AbortSignal,
  print: (line: string) => void,
): Promise<'connected' | 'refused' | 'stopped'> {
  let said = '';
  while (!stop.aborted) {
    const answer = await instance.authenticate(stop);
    if (answer === 'ok') return 'connected';
    // Aborted meanwhile: the answer is only the echo of that.
    if (isAborted(stop)) break;
    if (answer.message !== said) print(answer.message);
    said = answer.message;
    if (answer.kind === 'refused') return 'refused';
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, RETRY_MS);
      const wake = (): void => {
        clearTimeout(timer);
        resolve();
      };
      stop.addEventListener('abort', wake, { once: true });
    });
  }
  return 'stopped';
}

// A call, so that the compiler does not take the answer of a moment ago for granted.
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

/** As Sourcegraph writes sizes: `12G`. */
export function sizeText(bytes: number): string {
  const gib = bytes / 1024 ** 3;
  return Number.isInteger(gib) ? `${gib}G` : `${Math.ceil(bytes / 1024 ** 2)}M`;
}
