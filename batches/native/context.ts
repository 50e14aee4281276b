// What the templates of a native step see. `steps.*` comes from the diff of the step before, not from its list of files.
import { changesInDiff } from '../diff/changed-files.ts';
import type { WorkspacesExecutionInput } from '../input.ts';
import type { StepContext } from '../step-context.ts';
import { NO_STEP_RESULT, type AfterStepResult } from '../step-result.ts';

export type NativeContext =
  | { readonly kind: 'context'; readonly context: StepContext }
  /** go-diff's error text. */
  | { readonly kind: 'error'; readonly message: string };

export function nativeContext(
  input: WorkspacesExecutionInput,
  previous: AfterStepResult,
  step: AfterStepResult = NO_STEP_RESULT,
): NativeContext {
  const changes = changesInDiff(previous.diff ?? new Uint8Array());
  if (changes.kind === 'error') return changes;
  return {
    kind: 'context',
    context: {
      batchChange: input.batchChangeAttributes,
      repository: { name: input.repository.name, branch: input.branch.name, fileMatches: input.searchResultPaths },
      outputs: previous.outputs ?? new Map(),
      previousStep: previous,
      step,
      steps: { changes: changes.changedFiles, path: input.path },
    },
  };
}
