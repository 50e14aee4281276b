// What the templates of a version 1 step see. `steps.*` is what the step before left, not its diff read anew, and the
// search result paths are a set.
import { sortedTexts } from '../go/text-bytes.ts';
import type { WorkspacesExecutionInput } from '../input.ts';
import type { StepContext } from '../step-context.ts';
import { NO_STEP_RESULT, type AfterStepResult } from '../step-result.ts';

export function execContext(input: WorkspacesExecutionInput, previous: AfterStepResult): StepContext {
  return {
    batchChange: input.batchChangeAttributes,
    repository: {
      name: input.repository.name,
      branch: input.branch.name,
      fileMatches: sortedTexts(new Set(input.searchResultPaths)),
    },
    outputs: previous.outputs ?? new Map(),
    previousStep: previous,
    step: NO_STEP_RESULT,
    steps: { changes: previous.changedFiles, path: input.path },
  };
}
