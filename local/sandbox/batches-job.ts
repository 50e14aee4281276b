// One workspace of a batch spec as the instance hands it to executors (Sourcegraph's executorqueue/queues/batches,
// transform.go): native docker steps, or one `src batch exec` in the version 1 form.
import path from 'node:path';
import type { EncodedJson } from '#batches/go/json-encode.ts';
import { executionInputJson, type WorkspacesExecutionInput } from '#batches/input.ts';
import { marshalStepResult } from '#batches/step-result-json.ts';
import type { AfterStepResult } from '#batches/step-result.ts';
import type { JobTemplate } from './jobs.ts';
import { jobFiles, type WorkspaceFiles } from './workspace-files.ts';

export interface BatchesJobOptions {
  readonly execution: 'native' | 'v1';
  /** NAME=value of every variable that the spec's steps take from outside; redacted by value. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Of the spec's mounts. */
  readonly workspaceFiles: WorkspaceFiles;
}

const HELPER_IMAGE = 'sourcegraph/batcheshelper:insiders';

type StepTemplate = Readonly<Record<string, unknown>>;

/** `input` holds the cached result, if any, and the steps that are known not to run. */
export function batchesJob(input: WorkspacesExecutionInput, options: BatchesJobOptions): JobTemplate {
  const { execution } = options;
  const secretEnv = Object.entries(options.secrets).map(([name, value]) => `${name}=${value}`);
  const base64 = (bytes: Uint8Array | string): { content: string } => ({
    content: Buffer.from(bytes as string).toString('base64'),
  });
  const native = execution === 'native';
  const cached = input.cachedStepResultFound ? input.cachedStepResult : undefined;
  return {
    version: 2,
    repositoryName: input.repository.name,
    repositoryDirectory: 'repository',
    commit: input.branch.target.oid,
    fetchTags: false,
    shallowClone: true,
    sparseCheckout: input.onlyFetchWorkspace && input.path !== '' ? [`${input.path}/*`] : [],
    files: {
      'input.json': base64(text(executionInputJson(input))),
      ...(native && cached !== undefined
        ? {
            [`step${cached.stepIndex}.json`]: base64(text(marshalStepResult(cached))),
            ...(hasDiff(cached) ? { 'state.diff': base64(cached.diff ?? '') } : {}),
          }
        : {}),
      ...jobFiles(options.workspaceFiles),
    },
    dockerSteps: native ? nativeSteps(input, secretEnv) : [],
    cliSteps: native ? [] : [batchExecStep(secretEnv, options.workspaceFiles.files.length > 0)],
    redactedValues: Object.fromEntries(
      Object.entries(options.secrets).flatMap(([name, value]) =>
        value === '' ? [] : [[value, `\${{ secrets.${name} }}`]],
      ),
    ),
  };
}

function nativeSteps(input: WorkspacesExecutionInput, secretEnv: readonly string[]): readonly StepTemplate[] {
  const cached = input.cachedStepResultFound ? input.cachedStepResult : undefined;
  const applyDiff = {
    key: 'apply-diff',
    image: HELPER_IMAGE,
    dir: 'repository',
    commands: ['set -e', 'git apply -p0 ../state.diff', 'git add --all'],
  };
  const from = cached === undefined ? 0 : cached.stepIndex + 1;
  const steps = (input.steps ?? []).flatMap((step, index) =>
    index < from || input.skippedSteps?.has(index) === true
      ? []
      : nativeStep(index, step.container, input.path, secretEnv),
  );
  return hasDiff(cached) ? [applyDiff, ...steps] : steps;
}

function nativeStep(
  index: number,
  image: string,
  workspace: string,
  secretEnv: readonly string[],
): readonly StepTemplate[] {
  const helper = (verb: 'pre' | 'post'): StepTemplate => ({
    key: `step.${index}.${verb}`,
    image: HELPER_IMAGE,
    dir: '.',
    env: secretEnv,
    commands: [`batcheshelper ${verb} ${index}`],
  });
  const dir = path.posix.join('repository', workspace);
  const up = path.posix.relative(`/${dir}`, '/');
  const run = {
    key: `step.${index}.run`,
    image,
    dir,
    // As the instance writes them: tee copies each stream on its way, and the two come out crossed. The runner knows.
    commands: [
      '{ set +x; } 2>/dev/null',
      '{ set -eo pipefail; } 2>/dev/null',
      `(exec "${up}/step${index}.sh" | tee ${up}/stdout${index}.log) 3>&1 1>&2 2>&3 | tee ${up}/stderr${index}.log`,
    ],
  };
  return [helper('pre'), run, helper('post')];
}

function hasDiff(cached: AfterStepResult | undefined): boolean {
  return (cached?.diff ?? []).length > 0;
}

function batchExecStep(secretEnv: readonly string[], hasMounts: boolean): StepTemplate {
  const mounts = hasMounts ? ['-workspaceFiles', 'workspace-files'] : [];
  return {
    key: 'batch-exec',
    command: [
      'batch',
      'exec',
      '-f',
      'input.json',
      '-repo',
      'repository',
      '-tmp',
      '.src-tmp',
      '-binaryDiffs',
      ...mounts,
    ],
    dir: '.',
    env: secretEnv,
  };
}

function text(json: EncodedJson): string {
  // Both come from a parsed spec and from results that were JSON before.
  if (json.kind === 'error') throw new Error(json.message);
  return json.text;
}
