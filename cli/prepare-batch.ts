// All that a batch spec's run needs, read and checked before anything starts: the spec, its repositories, the variables and
// files of its steps, and what of it is cached.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { requiredEnvironment } from '#batches/spec/parse.ts';
import type { BatchSpec } from '#batches/spec/types.ts';
import { makeExample } from '#local/example/welcome.ts';
import { type LocalRepository, openRepository } from '#local/repositories/open.ts';
import { type PlannedWorkspace, planWorkspaces } from '#local/sandbox/plan.ts';
import { StepCache } from '#local/sandbox/step-cache.ts';
import { readWorkspaceFiles, type WorkspaceFiles } from '#local/sandbox/workspace-files.ts';
import type { Settings } from '#settings/parse.ts';
import type { Environment } from '#settings/read-table.ts';
import type { Arguments } from './arguments.ts';
import { type NamedFiles, readNamedFiles } from './dispatch-options.ts';
import { parseEnvFile } from './env-file.ts';
import { type LoadedSpec, loadSpec } from './spec-file.ts';

/** A sentence for the user. */
export interface Refusal {
  readonly kind: 'refused';
  readonly message: string;
}

export interface PreparedBatch {
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
export async function prepareBatch(
  args: Arguments,
  settings: Settings,
  environment: Environment,
  say: (line: string) => void,
): Promise<PreparedBatch | Refusal> {
  const state = path.resolve(args.state);
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
    if (opened.repository.notice !== undefined) say(`${opened.repository.name}: ${opened.repository.notice}`);
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
