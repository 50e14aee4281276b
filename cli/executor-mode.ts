// The self-hosted executor: with EXECUTOR_FRONTEND_URL set, the program takes the jobs of that instance until it is told
// to stop.
import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { chooseEngine } from '#local/engine-choice.ts';
import { type ConnectedInstance, connectInstance } from '#local/instance.ts';
import { FOR_AN_INSTANCE, parseSettings, type SettingsWith } from '#settings/parse.ts';
import type { Environment, Problem } from '#settings/read-table.ts';
import { jobResources } from '#settings/job-resources.ts';
import { proxies } from '#settings/proxies.ts';
import { createHttpTransport } from '#sourcegraph/http.ts';
import { connect } from './connect.ts';
import { dispatchOptions, readNamedFiles } from './dispatch-options.ts';
import { openToken } from './executor-token.ts';
import { EXIT } from './exit-codes.ts';
import { runnerCommand, runnerEntryPoint } from './runner-command.ts';
import { serveJobs, type ServeJobs } from './serve-jobs.ts';
import { hearStopRequests } from './stop-requests.ts';

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
  const files = await readNamedFiles(settings);
  const token = await openToken(settings.executorToken);
  const chosen = await chooseEngine({
    settings,
    runnerCommand,
    runnerEntryPoint: runnerEntryPoint(),
    stateFolder: settings.stateDirectory ?? path.join(os.tmpdir(), `sourcegraph-executor-${os.userInfo().uid}`),
    environment,
    say: print,
  });
  if (chosen.kind === 'refused') {
    print(chosen.message);
    return EXIT.usage;
  }
  const dispatch = dispatchOptions(settings, files, { frontendUrl, executorName, runner: chosen.runner });
  const transport = createHttpTransport({
    proxy: proxies(settings),
    tlsVerify: !settings.tlsInsecureSkipVerify,
    ...(files.caBundle === undefined ? {} : { caBundle: files.caBundle }),
  });
  const instance = await connectInstance({
    frontendUrl,
    token: token.source,
    executorName,
    queues: settings.queues,
    resources: jobResources(settings),
    transport,
    environment,
  });
  const stops = hearStopRequests(environment);
  try {
    return await connectAndServe({ settings, instance, token, chosen, dispatch, stops, print });
  } finally {
    stops.forget();
    transport.close();
  }
}

async function connectAndServe(
  serve: Pick<ServeJobs, 'chosen' | 'dispatch' | 'token' | 'stops' | 'print'> & {
    readonly settings: InstanceSettings;
    readonly instance: ConnectedInstance;
  },
): Promise<number> {
  const { settings, instance, chosen, dispatch, stops, print } = serve;
  const { engine } = chosen;
  const connected = await connect(instance, stops.drain, print);
  if (connected !== 'connected') {
    await engine.close();
    return connected === 'stopped' ? EXIT.ok : EXIT.refused;
  }
  print(`✱ Sourcegraph executor connected to ${settings.frontendUrl}; listening for jobs`);
  print(
    `  executor ${dispatch.executorName}, ${settings.maximumNumJobs === 1 ? 'one job at a time' : `up to ${settings.maximumNumJobs} jobs at once`}, engine ${engine.name}: ${engine.description}`,
  );
  return serveJobs(serve);
}
