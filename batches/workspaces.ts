// From a batch spec to the places where its steps run: each repository revision of `on` is one workspace, its root, unless an
// entry of `workspaces` splits it into the folders that hold a certain file (workspace resolution of Sourcegraph), and from a
// workspace to the input of its job.
import { skippedStepsForRepo } from './conditions.ts';
import { errorsText } from './errors-text.ts';
import { globError, globMatches } from './glob/index.ts';
import { quote } from './go/quote.ts';
import { compareText } from './go/text-bytes.ts';
import type { WorkspacesExecutionInput } from './input.ts';
import { resolveOn, type AvailableRepository, type FilesAt, type RepositoryRevision } from './on/revisions.ts';
import type { BatchSpec, WorkspaceConfiguration } from './spec/types.ts';
import { NO_STEP_RESULT } from './step-result.ts';
import { TemplateError } from './template/index.ts';

export interface Workspace extends RepositoryRevision {
  /** Folder in the repository; empty is its root. */
  readonly path: string;
  readonly onlyFetchWorkspace: boolean;
  /** The repository asks to be left alone, by a file `.batchignore` in its root. */
  readonly ignored: boolean;
}

export type ExpandedWorkspaces =
  /** Sorted by repository, path and branch. */
  | { readonly kind: 'workspaces'; readonly workspaces: readonly Workspace[] }
  | { readonly kind: 'error'; readonly message: string };

const IGNORE_FILE = '.batchignore';

/** `filesAt` is asked once for every revision, and again only where `workspaces` or a query looks for files. */
export function expandWorkspaces(
  spec: BatchSpec,
  repositories: readonly AvailableRepository[],
  filesAt: FilesAt,
): ExpandedWorkspaces {
  const resolved = resolveOn(spec.on ?? [], repositories, filesAt);
  if (resolved.kind === 'error') return resolved;
  const configurations = spec.workspaces ?? [];
  const problems = configurations.flatMap((configuration) => {
    const problem = globError(globOf(configuration));
    return problem === null ? [] : [`failed to compile glob ${quote(globOf(configuration))}: ${problem}`];
  });
  if (problems.length > 0) return { kind: 'error', message: errorsText(problems) };
  const workspaces: Workspace[] = [];
  for (const revision of resolved.revisions) {
    const found = configurationOf(revision.repository.name, configurations);
    if ('error' in found) return { kind: 'error', message: found.error };
    workspaces.push(...workspacesOf(revision, found.configuration, filesAt));
  }
  return { kind: 'workspaces', workspaces: workspaces.sort(inOrder) };
}

export type ExecutionInput =
  | { readonly kind: 'input'; readonly input: WorkspacesExecutionInput }
  /** A condition that cannot be parsed or rendered. */
  | { readonly kind: 'error'; readonly message: string };

/** The input.json of the workspace's job; steps whose condition is surely false are among its skipped steps. */
export function executionInput(spec: BatchSpec, workspace: Workspace): ExecutionInput {
  const { repository, fileMatches } = workspace;
  const batchChange = { name: spec.name, description: spec.description };
  const steps = spec.steps ?? [];
  let skippedSteps: ReadonlySet<number>;
  try {
    const conditions = steps.map((step) => step.if);
    skippedSteps = skippedStepsForRepo(conditions, { name: repository.name, fileMatches }, batchChange);
  } catch (error) {
    if (error instanceof TemplateError) return { kind: 'error', message: error.message };
    throw error;
  }
  return {
    kind: 'input',
    input: {
      batchChangeAttributes: batchChange,
      repository: { id: repository.id, name: repository.name },
      branch: { name: workspace.branch, target: { oid: workspace.commit } },
      path: workspace.path,
      onlyFetchWorkspace: workspace.onlyFetchWorkspace,
      steps,
      searchResultPaths: fileMatches,
      cachedStepResultFound: false,
      cachedStepResult: NO_STEP_RESULT,
      skippedSteps,
      modelProviderUrl: '',
    },
  };
}

type Found = { readonly configuration: WorkspaceConfiguration | null } | { readonly error: string };

/** The one configuration that applies to a repository, if any. */
function configurationOf(repository: string, configurations: readonly WorkspaceConfiguration[]): Found {
  let found: WorkspaceConfiguration | null = null;
  for (const configuration of configurations) {
    const outcome = globMatches(globOf(configuration), repository);
    if (outcome.kind === 'error') return { error: outcome.message };
    if (!outcome.value) continue;
    if (found !== null) {
      return {
        error: `repository ${repository} matches multiple workspaces.in globs in the batch spec. glob: ${quote(configuration.in)}`,
      };
    }
    found = configuration;
  }
  return { configuration: found };
}

/** Without `in`, a configuration is for every repository. */
function globOf(configuration: WorkspaceConfiguration): string {
  return configuration.in === '' ? '*' : configuration.in;
}

/** None for a repository that a configuration applies to but that does not hold its file anywhere. */
function workspacesOf(
  revision: RepositoryRevision,
  configuration: WorkspaceConfiguration | null,
  filesAt: FilesAt,
): Workspace[] {
  const files = filesAt(revision.repository, revision.commit);
  const ignored = files.includes(IGNORE_FILE);
  const paths = configuration === null ? [''] : foldersOf(configuration.rootAtLocationOf, files);
  return paths.map((path) => ({
    ...revision,
    path,
    // The root is the whole repository.
    onlyFetchWorkspace: path !== '' && configuration?.onlyFetchWorkspace === true,
    ignored,
  }));
}

/** Folders that hold a file of this name; a name with slashes is a path's end. */
function foldersOf(fileName: string, files: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const path of files) {
    if (path !== fileName && !path.endsWith(`/${fileName}`)) continue;
    const slash = path.lastIndexOf('/');
    folders.add(slash < 0 ? '' : path.slice(0, slash));
  }
  return [...folders];
}

function inOrder(a: Workspace, b: Workspace): number {
  return (
    compareText(a.repository.name, b.repository.name) || compareText(a.path, b.path) || compareText(a.branch, b.branch)
  );
}
