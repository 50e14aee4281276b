// A batch spec on one machine: the sandbox Sourcegraph, an executor pointed at it over HTTP, progress, and the report.
import path from 'node:path';
import { type ChosenEngine, chooseEngine } from '#local/engine-choice.ts';
import type { LocalExecutor } from '#local/executor.ts';
import { type Sandbox, startSandbox } from '#local/sandbox/sandbox.ts';
import { filesRoute } from '#local/sandbox/workspace-files.ts';
import { parseSettings, type Settings } from '#settings/parse.ts';
import type { Environment } from '#settings/read-table.ts';
import type { Arguments } from './arguments.ts';
import { BatchRun } from './batch-run.ts';
import { refuse } from './executor-mode.ts';
import { EXIT } from './exit-codes.ts';
import { prepareBatch, type PreparedBatch } from './prepare-batch.ts';
import { reportText, type WorkspaceReport, writeResults } from './report.ts';
import { runnerCommand, runnerEntryPoint } from './runner-command.ts';
import { startSandboxExecutor } from './sandbox-executor.ts';
import { hearStopRequests, onRequest, type StopRequests } from './stop-requests.ts';

export interface SandboxModeOptions {
  readonly arguments: Arguments;
  readonly environment: Environment;
}

/** Those that an instance of today serves; the batch spec's jobs go into the first. */
const QUEUES = ['batches', 'codeintel', 'batches-hooks'];

const out = (line: string): void => void process.stdout.write(`${line}\n`);

/** Resolves to the program's exit code. */
export async function sandboxMode({ arguments: args, environment }: SandboxModeOptions): Promise<number> {
  const parsed = parseSettings(environment);
  if (parsed.kind === 'invalid') return refuse(parsed.problems, out);
  const { settings, notices } = parsed;
  for (const { message } of notices) out(message);
  const batch = await prepareBatch(args, settings, environment, out);
  if (batch.kind === 'refused') {
    out(batch.message);
    return EXIT.usage;
  }
  if (!args.executor) return runBatch({ args, environment, settings, batch });
  const chosen = await chooseEngine({
    settings,
    runnerCommand,
    runnerEntryPoint: runnerEntryPoint(),
    stateFolder: settings.stateDirectory ?? path.join(path.resolve(args.state), 'tasks'),
    environment,
    say: out,
  });
  if (chosen.kind === 'refused') {
    out(chosen.message);
    return EXIT.usage;
  }
  return runBatch({ args, environment, settings, batch, chosen });
}

interface Run {
  readonly args: Arguments;
  readonly environment: Environment;
  readonly settings: Settings;
  readonly batch: PreparedBatch;
  /** None: the jobs wait for an executor that the user starts. */
  readonly chosen?: ChosenEngine;
}

async function runBatch(run: Run): Promise<number> {
  const { args, environment, batch, chosen } = run;
  const opened = await openSandbox(run);
  if (typeof opened === 'string') {
    await chosen?.engine.close();
    out(opened);
    return EXIT.usage;
  }
  const jobs = new BatchRun({
    ...batch,
    sandbox: opened,
    spec: batch.spec.spec,
    execution: args.execution,
    quiet: args.quiet,
    output: process.stdout,
  });
  announce(run, opened, jobs.count);
  const stops = hearStopRequests(environment);
  const executor = await startExecutor(run, opened, jobs.count);
  onRequest(stops.drain, (why) => {
    out(`${why}: stopping`);
    jobs.cancel();
    executor?.abort();
  });
  onRequest(stops.abort, () => process.exit(EXIT.stopped));
  try {
    const reports = await Promise.race([jobs.finished(), aborted(stops), ...endOf(executor)]);
    if (reports === undefined) return EXIT.stopped;
    out(`\n${reportText(reports)}\n`);
    await tellWhere(run, reports);
    if (args.serve) await serveUntilStopped(opened, stops);
    return reports.every(({ outcome }) => outcome.kind === 'completed') ? EXIT.ok : EXIT.failed;
  } finally {
    stops.forget();
    executor?.abort();
    await executor?.ended;
    await opened.close();
  }
}

/** Or why there is none. */
async function openSandbox({ args, environment, batch, chosen }: Run): Promise<Sandbox | string> {
  const directories = new Map(batch.repositories.map(({ name, gitDirectory }) => [name, gitDirectory]));
  try {
    return await startSandbox({
      queues: QUEUES,
      port: args.port,
      ...(chosen?.program === undefined ? {} : { host: chosen.program.listen }),
      repository: (name) => directories.get(name),
      file: filesRoute(batch.workspaceFiles),
      gitEnvironment: environment,
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return `--port ${args.port}: the sandbox cannot listen there (${error.message})`;
  }
}

function announce({ batch, chosen }: Run, sandbox: Sandbox, jobs: number): void {
  out(`Sandbox Sourcegraph on ${sandbox.url}; ${batch.spec.spec.name} over ${workspaces(batch.workspaces.length)}`);
  if (chosen !== undefined) out(`Engine ${chosen.engine.name}: ${chosen.engine.description}`);
  if (jobs === 0) out('Every workspace is in the cache; --no-cache runs the steps anew.');
  else if (chosen === undefined) {
    out(`${jobs === 1 ? 'One job waits' : `${jobs} jobs wait`} for an executor:`);
    out(`  EXECUTOR_FRONTEND_URL=${sandbox.url} EXECUTOR_FRONTEND_PASSWORD=${sandbox.accessToken} \\`);
    out(`  EXECUTOR_QUEUE_NAMES=${QUEUES.join(',')} npm start`);
  }
}

async function startExecutor(run: Run, sandbox: Sandbox, jobs: number): Promise<LocalExecutor | undefined> {
  const { chosen, settings, batch, environment } = run;
  if (chosen === undefined) return undefined;
  if (jobs > 0) return startSandboxExecutor({ sandbox, settings, files: batch.files, chosen, environment });
  await chosen.engine.close();
  return undefined;
}

/** An executor that ends before its jobs have has said why. */
const endOf = (executor: LocalExecutor | undefined): readonly Promise<undefined>[] =>
  executor === undefined ? [] : [executor.ended.then(() => undefined)];

const aborted = (stops: StopRequests): Promise<undefined> =>
  new Promise((resolve) => onRequest(stops.drain, () => resolve(undefined)));

const workspaces = (count: number): string => (count === 1 ? '1 workspace' : `${count} workspaces`);

async function tellWhere({ args, batch, chosen }: Run, reports: readonly WorkspaceReport[]): Promise<void> {
  const failed = reports.filter(({ outcome }) => outcome.kind === 'failed').length;
  const engine = chosen?.engine.name ?? 'another executor';
  const where = chosen === undefined ? 'by another executor' : `on the ${engine} engine`;
  out(
    failed === 0
      ? `${workspaces(reports.length)} completed ${where}.`
      : `${failed} of ${workspaces(reports.length)} failed ${where}.`,
  );
  out(`Batch spec: ${batch.spec.file}`);
  out(`Cached steps and clones: ${path.resolve(args.state)}`);
  for (const { name, gitDirectory } of batch.repositories) out(`  ${name}: ${gitDirectory.replace(/\/\.git$/, '')}`);
  if (args.out === undefined) {
    if (failed < reports.length) out('Nothing was pushed; `--out DIR` writes one patch per changeset.');
    return;
  }
  const patches = await writeResults(args.out, reports, engine);
  const folder = path.resolve(args.out);
  if (patches.length === 0) out(`No patch; results.json is in ${folder}.`);
  else {
    const count = patches.length === 1 ? '1 patch' : `${patches.length} patches`;
    out(`${count} and results.json in ${folder}; apply one with \`git apply -p0 FILE\`.`);
  }
}

async function serveUntilStopped(sandbox: Sandbox, stops: StopRequests): Promise<void> {
  out(`The sandbox stays up on ${sandbox.url} (EXECUTOR_FRONTEND_PASSWORD=${sandbox.accessToken}); Ctrl-C ends it.`);
  await aborted(stops);
}
