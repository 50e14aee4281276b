// A batch spec on one machine: the sandbox Sourcegraph, the executor pointed at it over HTTP, progress, and the report.
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { requiredEnvironment } from '#batches/spec/parse.ts';
import type { BatchSpec } from '#batches/spec/types.ts';
import { type ChosenEngine, chooseEngine } from '#local/engine-choice.ts';
import type { Engine } from '#local/engines/engine.ts';
import { makeExample } from '#local/example/welcome.ts';
import { startLocalExecutor } from '#local/executor.ts';
import { connectInstance } from '#local/instance.ts';
import { type LocalRepository, openRepository } from '#local/repositories/open.ts';
import { type PlannedWorkspace, planWorkspaces } from '#local/sandbox/plan.ts';
import { type Sandbox, startSandbox } from '#local/sandbox/sandbox.ts';
import { StepCache } from '#local/sandbox/step-cache.ts';
import { filesRoute, readWorkspaceFiles, type WorkspaceFiles } from '#local/sandbox/workspace-files.ts';
import { jobResources } from '#settings/job-resources.ts';
import { parseSettings, type Settings } from '#settings/parse.ts';
import type { Environment } from '#settings/read-table.ts';
import { createHttpTransport } from '#sourcegraph/http.ts';
import type { Arguments } from './arguments.ts';
import { BatchRun } from './batch-run.ts';
import { dispatchOptions, type NamedFiles, readNamedFiles } from './dispatch-options.ts';
import { parseEnvFile } from './env-file.ts';
import { refuse } from './executor-mode.ts';
import { EXIT } from './exit-codes.ts';
import { createJournal } from './journal.ts';
import { reportText, writeResults } from './report.ts';
import { runnerCommand } from './runner-command.ts';
import { type LoadedSpec, loadSpec } from './spec-file.ts';
import { hearStopRequests, onRequest } from './stop-requests.ts';

export interface SandboxModeOptions {
  readonly arguments: Arguments;
  readonly environment: Environment;
}

/** A sentence for the user, after which nothing was started. */
type Refusal = { readonly kind: 'refused'; readonly message: string };

const out = (line: string): void => void process.stdout.write(`${line}\n`);

/** Resolves to the program's exit code. */
export async function sandboxMode({ arguments: args, environment }: SandboxModeOptions): Promise<number> {
  const parsed = parseSettings(environment);
  if (parsed.kind === 'invalid') return refuse(parsed.problems, out);
  for (const { message } of parsed.notices) out(message);
  const state = path.resolve(args.state);
  const prepared = await prepare(args, parsed.settings, environment, state);
  if (prepared.kind === 'refused') {
    out(prepared.message);
    return EXIT.usage;
  }
  const chosen = await chooseEngine({
    settings: parsed.settings,
    runnerCommand,
    stateFolder: parsed.settings.stateDirectory ?? path.join(state, 'tasks'),
    environment,
    say: out,
  });
  if (chosen.kind === 'refused') {
    out(chosen.message);
    return EXIT.usage;
  }
  return runOnSandbox(args, environment, parsed.settings, prepared, chosen);
}

interface Prepared {
  readonly kind: 'prepared';
  readonly spec: LoadedSpec & { readonly kind: 'spec' };
  readonly repositories: readonly LocalRepository[];
  readonly workspaces: readonly PlannedWorkspace[];
  readonly secrets: Readonly<Record<string, string>>;
  readonly workspaceFiles: WorkspaceFiles;
  readonly cache: StepCache;
  readonly files: NamedFiles;
}

/** All that can be refused before anything starts. */
async function prepare(
  args: Arguments,
  settings: Settings,
  environment: Environment,
  state: string,
): Promise<Prepared | Refusal> {
  const files = await readNamedFiles(settings);
  const secretsFile = await readEnvFile(args.envFile);
  if (secretsFile.kind === 'refused') return secretsFile;
  const example = args.spec === undefined ? await makeExample(path.join(state, 'example'), environment) : undefined;
  const spec = await loadSpec(args.spec ?? example?.specFile ?? '');
  if (spec.kind === 'refused') return spec;
  const repositories: LocalRepository[] = [];
  const options = { cacheDirectory: path.join(state, 'clones'), environment };
  for (const source of example?.repositories ?? args.repositories) {
    const opened = await openRepository(source, options);
    if (opened.kind === 'failed') return { kind: 'refused', message: opened.message };
    if (repositories.some(({ name }) => name === opened.repository.name)) {
      return {
        kind: 'refused',
        message: `--repo ${source}: two repositories are called ${opened.repository.name}; name one of them: NAME=${source}`,
      };
    }
    if (opened.repository.notice !== undefined) out(`${opened.repository.name}: ${opened.repository.notice}`);
    repositories.push(opened.repository);
  }
  const secrets = secretsOf(spec.spec, { ...environment, ...secretsFile.variables });
  const workspaceFiles = await readWorkspaceFiles(spec.spec, path.dirname(spec.file));
  if (workspaceFiles.kind === 'refused') return { kind: 'refused', message: `${spec.file}: ${workspaceFiles.message}` };
  const cache = new StepCache(path.join(state, 'steps'));
  const planned = await planWorkspaces({
    spec: spec.spec,
    repositories,
    environment,
    secrets,
    workspaceFiles,
    cache: args.cache ? cache : undefined,
    execution: args.execution,
  });
  if (planned.kind === 'refused') return { kind: 'refused', message: `${spec.file}: ${planned.message}` };
  const { workspaces } = planned;
  return { kind: 'prepared', spec, repositories, workspaces, secrets, workspaceFiles, cache, files };
}

async function readEnvFile(
  file: string | undefined,
): Promise<{ readonly kind: 'variables'; readonly variables: Readonly<Record<string, string>> } | Refusal> {
  if (file === undefined) return { kind: 'variables', variables: {} };
  const text = await readFile(file, 'utf8').catch((error: unknown) => error as Error);
  if (text instanceof Error)
    return { kind: 'refused', message: `--env-file ${file}: cannot be read (${text.message})` };
  const parsed = parseEnvFile(text);
  if (parsed.kind === 'invalid') {
    return { kind: 'refused', message: `--env-file ${file}:${parsed.line}: ${parsed.message}` };
  }
  return parsed;
}

/** What the steps take from outside. A name that is not set is empty, as on an instance without that secret. */
function secretsOf(spec: BatchSpec, outer: Environment): Record<string, string> {
  const names = requiredEnvironment(spec).filter((name) => !name.startsWith('SRC_EXECUTOR_'));
  return Object.fromEntries(names.flatMap((name) => (outer[name] === undefined ? [] : [[name, outer[name]]])));
}

async function runOnSandbox(
  args: Arguments,
  environment: Environment,
  settings: Settings,
  prepared: Prepared,
  chosen: ChosenEngine,
): Promise<number> {
  const { engine } = chosen;
  const directories = new Map(prepared.repositories.map(({ name, gitDirectory }) => [name, gitDirectory]));
  const sandbox = await startSandbox({
    queues: ['batches'],
    port: args.port,
    ...(chosen.program === undefined ? {} : { host: chosen.program.listen }),
    repository: (name) => directories.get(name),
    file: filesRoute(prepared.workspaceFiles),
    gitEnvironment: environment,
  });
  out(
    `Sandbox Sourcegraph on ${sandbox.url}; ${prepared.spec.spec.name} over ${workspaces(prepared.workspaces.length)}`,
  );
  out(`Engine ${engine.name}: ${engine.description}`);
  const run = new BatchRun({
    sandbox,
    workspaces: prepared.workspaces,
    spec: prepared.spec.spec,
    cache: prepared.cache,
    execution: args.execution,
    secrets: prepared.secrets,
    workspaceFiles: prepared.workspaceFiles,
    quiet: args.quiet,
    output: process.stdout,
  });
  const executor = await startExecutor(sandbox, settings, prepared.files, chosen, environment);
  const stops = hearStopRequests(environment);
  onRequest(stops.drain, (why) => {
    out(`${why}: stopping`);
    run.cancel();
    executor.abort();
  });
  onRequest(stops.abort, () => process.exit(EXIT.stopped));
  try {
    const reports = await Promise.race([run.finished(), executor.ended.then(() => undefined)]);
    if (reports === undefined) return EXIT.stopped;
    out('');
    out(reportText(reports));
    out('');
    await say(args, prepared, engine, reports);
    const ok = reports.every(({ outcome }) => outcome.kind === 'completed');
    if (args.serve) await serveUntilStopped(sandbox, executor.ended);
    return ok ? EXIT.ok : EXIT.failed;
  } finally {
    stops.forget();
    executor.abort();
    await executor.ended;
    await sandbox.close();
  }
}

const workspaces = (count: number): string => (count === 1 ? '1 workspace' : `${count} workspaces`);

async function say(
  args: Arguments,
  prepared: Prepared,
  engine: Engine,
  reports: Parameters<typeof writeResults>[1],
): Promise<void> {
  const failed = reports.filter(({ outcome }) => outcome.kind === 'failed').length;
  out(
    failed === 0
      ? `${workspaces(reports.length)} completed on the ${engine.name} engine.`
      : `${failed} of ${workspaces(reports.length)} failed on the ${engine.name} engine.`,
  );
  out(`Batch spec: ${prepared.spec.file}`);
  out(`Cached steps and clones: ${path.resolve(args.state)}`);
  for (const { name, gitDirectory } of prepared.repositories) out(`  ${name}: ${gitDirectory.replace(/\/\.git$/, '')}`);
  if (args.out === undefined) {
    if (failed < reports.length) out('Nothing was pushed; `--out DIR` writes one patch per changeset.');
    return;
  }
  const patches = await writeResults(args.out, reports, engine.name);
  if (patches.length === 0) {
    out(`No patch; results.json is in ${path.resolve(args.out)}.`);
    return;
  }
  out(
    `${patches.length === 1 ? '1 patch' : `${patches.length} patches`} and results.json in ${path.resolve(args.out)}; apply one with \`git apply -p0 FILE\`.`,
  );
}

async function serveUntilStopped(sandbox: Sandbox, ended: Promise<unknown>): Promise<void> {
  out(`The sandbox stays up on ${sandbox.url} (EXECUTOR_FRONTEND_PASSWORD=${sandbox.accessToken}); Ctrl-C ends it.`);
  await ended;
}

async function startExecutor(
  sandbox: Sandbox,
  settings: Settings,
  files: NamedFiles,
  chosen: ChosenEngine,
  environment: Environment,
): ReturnType<typeof startLocalExecutor> {
  const executorName = settings.executorName ?? os.hostname();
  const options = dispatchOptions(settings, files, {
    frontendUrl: sandbox.urlFor(chosen.program?.reachedAs),
    executorName,
    runnerImage: chosen.runnerImage,
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
    dispatch: { ...options, limit, pollMs: Math.min(options.pollMs, 200) },
  });
}
