// What is wrong with a batch spec that its schema cannot say (`parseBatchSpec` of Sourcegraph's lib/batches).
import type { Mount, Step } from '../step.ts';
import type { JsonPath } from './schema-validator.ts';
import type { BatchSpec } from './types.ts';

export interface SpecProblem {
  readonly message: string;
  /** What it is about; null where the spec lacks it. */
  readonly path: JsonPath | null;
}

const PUBLISHED_IN_VERSION_3 =
  'changesetTemplate.published is not supported in batch spec version 3; drive publication via the publish_changesets tool instead';

export function checkBatchSpec(spec: BatchSpec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const steps = spec.steps ?? [];
  if (steps.length > 0 && spec.changesetTemplate === null) {
    problems.push({ message: 'batch spec includes steps but no changesetTemplate', path: ['steps'] });
  }
  if (spec.version === 3 && spec.changesetTemplate !== null && spec.changesetTemplate.published !== null) {
    problems.push({ message: PUBLISHED_IN_VERSION_3, path: ['changesetTemplate', 'published'] });
  }
  for (const [index, step] of steps.entries()) problems.push(...checkStep(step, index));
  return [...problems, ...checkHooks(spec)];
}

function checkStep(step: Step, index: number): SpecProblem[] {
  const name = `step ${index + 1}`;
  const path = ['steps', index];
  const problems = checkMounts(step.mount ?? [], name, path);
  if (step.run !== '') {
    for (const other of ['codingAgent', 'buildImage'] as const) {
      if (step[other] === null) continue;
      problems.push({
        message: `${name}: ${other} and run cannot be combined in the same step`,
        path: [...path, other],
      });
    }
  }
  for (const target of step.files?.keys() ?? []) {
    if (isUnsafe(target)) {
      problems.push({
        message: `${name} files target path contains invalid characters`,
        path: [...path, 'files', target],
      });
    }
  }
  return problems;
}

function checkHooks(spec: BatchSpec): SpecProblem[] {
  if (spec.changesetHooks === null) return [];
  return (['onCIFailure', 'onMergeConflict'] as const).flatMap((event) =>
    (spec.changesetHooks?.[event].steps ?? []).flatMap((step, index) =>
      checkMounts(step.mount ?? [], `hooks.${event} step ${index + 1}`, ['changesetHooks', event, 'steps', index]),
    ),
  );
}

function checkMounts(mounts: readonly Mount[], name: string, path: JsonPath): SpecProblem[] {
  return mounts.flatMap((mount, index) =>
    (['path', 'mountpoint'] as const)
      .filter((property) => isUnsafe(mount[property]))
      .map((property) => ({
        message: `${name} mount ${property} contains invalid characters`,
        path: [...path, 'mount', index, property],
      })),
  );
}

/** A comma would end the option of `docker --mount` and begin another. */
function isUnsafe(target: string): boolean {
  return target.includes(',');
}
