// The executor that carries a batch spec's jobs of the sandbox: the same as a self-hosted one, pointed at it over HTTP.
import os from 'node:os';
import type { ChosenEngine } from '#local/engine-choice.ts';
import { type LocalExecutor, startLocalExecutor } from '#local/executor.ts';
import { connectInstance } from '#local/instance.ts';
import type { Sandbox } from '#local/sandbox/sandbox.ts';
import { jobResources } from '#settings/job-resources.ts';
import type { Settings } from '#settings/parse.ts';
import type { Environment } from '#settings/read-table.ts';
import { createHttpTransport } from '#sourcegraph/http.ts';
import { dispatchOptions, type NamedFiles } from './dispatch-options.ts';
import { createJournal } from './journal.ts';

export interface SandboxExecutorOptions {
  readonly sandbox: Sandbox;
  readonly settings: Settings;
  readonly files: NamedFiles;
  readonly chosen: ChosenEngine;
  readonly environment: Environment;
}

export async function startSandboxExecutor(options: SandboxExecutorOptions): Promise<LocalExecutor> {
  const { sandbox, settings, files, chosen, environment } = options;
  const executorName = settings.executorName ?? os.hostname();
  const dispatch = dispatchOptions(settings, files, {
    frontendUrl: sandbox.urlFor(chosen.program?.reachedAs),
    executorName,
    runner: chosen.runner,
  });
  const instance = await connectInstance({
    frontendUrl: sandbox.url,
    token: () => sandbox.accessToken,
    executorName,
    queues: { kind: 'single', name: 'batches' },
    resources: jobResources(settings),
    transport: createHttpTransport(),
    environment,
  });
  const journal = createJournal({
    // Progress tells what goes well; the log is for what does not, unless it is asked for.
    level: (environment['SRC_LOG_LEVEL'] ?? '') === '' ? 'warn' : settings.logLevel,
    format: settings.logFormat,
    write: (line) => void process.stderr.write(line),
    now: Date.now,
    secrets: [sandbox.accessToken],
  });
  // The limit of one job is Sourcegraph's default for a shared machine; a batch change tried here may use all its cores.
  const limit = Math.max(settings.maximumNumJobs, os.availableParallelism());
  return startLocalExecutor({
    instance,
    executorToken: () => sandbox.accessToken,
    engine: chosen.engine,
    ...(chosen.program === undefined ? {} : { payloadHost: chosen.program }),
    journal,
    dispatch: { ...dispatch, limit, pollMs: Math.min(dispatch.pollMs, 200) },
  });
}
