// From a batch spec and repositories to the workspaces that it runs in, each with its input and what of it is cached.
import type { ChangesetRepository } from '#batches/changesets/build.ts';
import { cacheKeyOfHelper, cacheKeyOfSrc, ensureRefPrefix } from '#batches/cache-key.ts';
import { evalStepCondition, stepCondition } from '#batches/conditions.ts';
import { changesInDiff } from '#batches/diff/changed-files.ts';
import type { WorkspacesExecutionInput } from '#batches/input.ts';
import type { BatchSpec } from '#batches/spec/types.ts';
import type { StepContext } from '#batches/step-context.ts';
import { type AfterStepResult, NO_CHANGES, NO_STEP_RESULT } from '#batches/step-result.ts';
import { TemplateError } from '#batches/template/index.ts';
import { executionInput, expandWorkspaces, type Workspace } from '#batches/workspaces.ts';
import { listFiles, type LocalRepository } from '../repositories/open.ts';
import type { StepCache } from './step-cache.ts';
import type { WorkspaceFiles } from './workspace-files.ts';

export interface PlannedWorkspace {
  /** What the user calls it: the repository, and the folder in it. */
  readonly label: string;
  readonly input: WorkspacesExecutionInput;
  readonly changesetRepository: ChangesetRepository;
  /** The last step's result, when it is cached: nothing is left to run. */
  readonly finished?: AfterStepResult;
}

export interface PlanInput {
  readonly spec: BatchSpec;
  readonly repositories: readonly LocalRepository[];
  /** PATH and HOME for git. */
  readonly environment: NodeJS.ProcessEnv;
  /** Variables of the steps that come from outside; they are part of the cache key. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Of the spec's mounts; part of the cache key. */
  readonly workspaceFiles: WorkspaceFiles;
  /** undefined: everything runs anew. */
  readonly cache: StepCache | undefined;
  readonly execution: 'native' | 'v1';
}

export type Planned =
  | { readonly kind: 'planned'; readonly workspaces: readonly PlannedWorkspace[] }
  | { readonly kind: 'refused'; readonly message: string };

const refused = (message: string): Planned => ({ kind: 'refused', message });

export async function planWorkspaces(plan: PlanInput): Promise<Planned> {
  const { spec } = plan;
  const expanded = expand(plan);
  if (expanded.kind === 'error') return refused(expanded.message);
  const wanted = expanded.workspaces.filter(({ ignored }) => !ignored);
  if (wanted.length === 0) return refused('`on` matches none of the repositories given with --repo.');
  const workspaces: PlannedWorkspace[] = [];
  for (const workspace of wanted) {
    const made = executionInput(spec, workspace);
    if (made.kind === 'error') return refused(made.message);
    workspaces.push(await planned(plan, workspace, made.input));
  }
  return { kind: 'planned', workspaces };
}

function expand(plan: PlanInput): ReturnType<typeof expandWorkspaces> {
  const byName = new Map(plan.repositories.map((repository) => [repository.name, repository]));
  const lists = new Map<string, readonly string[]>();
  return expandWorkspaces(
    plan.spec,
    plan.repositories.map((repository) => ({ ...repository, id: graphqlId(repository.name) })),
    ({ name }, commit) => {
      const repository = byName.get(name);
      if (repository === undefined) return [];
      const key = `${name}@${commit}`;
      const files = lists.get(key) ?? listFiles(repository, commit, plan.environment);
      lists.set(key, files);
      return files;
    },
  );
}

/** Looks for the result of the last step first, then of the one before, as the instance does. */
async function planned(
  plan: PlanInput,
  workspace: Workspace,
  made: WorkspacesExecutionInput,
): Promise<PlannedWorkspace> {
  const input = { ...made, branch: { ...made.branch, name: ensureRefPrefix(made.branch.name) } };
  const label = input.path === '' ? input.repository.name : `${input.repository.name}/${input.path}`;
  const changesetRepository = {
    id: input.repository.id,
    name: input.repository.name,
    baseRef: input.branch.name,
    baseRev: input.branch.target.oid,
    fileMatches: workspace.fileMatches,
  };
  const cached = await cachedResult(plan, input);
  if (cached === undefined) return { label, input, changesetRepository };
  if (!runsAfter(input, cached)) return { label, input, changesetRepository, finished: cached };
  return { label, changesetRepository, input: { ...input, cachedStepResultFound: true, cachedStepResult: cached } };
}

/** The last step that is not surely skipped. */
function lastStep(input: WorkspacesExecutionInput): number {
  const steps = input.steps ?? [];
  for (let index = steps.length - 1; index >= 0; index--) if (input.skippedSteps?.has(index) !== true) return index;
  return -1;
}

/**
 * Whether any step behind the cached one would run. Their conditions see nothing but the cached result, so they are known
 * here; a job in which none ran would print no result, and the instance would fail it.
 */
function runsAfter(input: WorkspacesExecutionInput, cached: AfterStepResult): boolean {
  const changes = changesInDiff(cached.diff ?? new Uint8Array());
  const context: StepContext = {
    batchChange: input.batchChangeAttributes,
    repository: {
      name: input.repository.name,
      branch: input.branch.name.replace(/^refs\/heads\//, ''),
      fileMatches: input.searchResultPaths,
    },
    outputs: cached.outputs,
    previousStep: cached,
    step: NO_STEP_RESULT,
    steps: { changes: changes.kind === 'error' ? NO_CHANGES : changes.changedFiles, path: input.path },
  };
  return (input.steps ?? []).some((step, index) => {
    if (index <= cached.stepIndex || input.skippedSteps?.has(index) === true) return false;
    try {
      const condition = stepCondition(step.if);
      return condition === '' || evalStepCondition(condition, context);
    } catch (error) {
      // The job itself tells what is wrong with the condition.
      if (error instanceof TemplateError) return true;
      throw error;
    }
  });
}

async function cachedResult(plan: PlanInput, input: WorkspacesExecutionInput): Promise<AfterStepResult | undefined> {
  if (plan.cache === undefined) return undefined;
  const environment = Object.entries(plan.secrets).map(([name, value]) => `${name}=${value}`);
  const keyOf = plan.execution === 'native' ? cacheKeyOfHelper : cacheKeyOfSrc;
  for (let index = lastStep(input); index >= 0; index--) {
    const key = keyOf(input, index, environment, plan.workspaceFiles.metadata);
    // A key that cannot be made (a bad env) is the step's own error, which it will tell when it runs.
    const found = key.kind === 'key' ? await plan.cache.find(key.key) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An instance numbers its repositories; here the name itself is the number's stand-in, so that cache keys are stable. */
function graphqlId(name: string): string {
  return Buffer.from(`Repository:${name}`).toString('base64');
}
