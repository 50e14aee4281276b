// Paths in a batches job are written as the programs of the reference would see them: in the workspace, which is the
// working directory of those programs. Steps see the same paths; the step-runner may have the workspace elsewhere.
import path from 'node:path';
import { JOB_PATH } from '#jobs/task-definition.ts';
import type { TaskPaths } from '../task-paths.ts';

/** A path that the job names, as an absolute path in a step container. */
export function pathInSteps(paths: TaskPaths, named: string): string {
  if (!path.posix.isAbsolute(named)) return path.posix.join(paths.jobInSteps, named);
  return below(named, JOB_PATH, paths.jobInSteps) ?? named;
}

/** The same path in the step-runner. */
export function pathInRunner(paths: TaskPaths, named: string): string {
  const inSteps = pathInSteps(paths, named);
  return below(inSteps, paths.jobInSteps, paths.job) ?? inSteps;
}

/** `file` moved from one folder to another; undefined when it does not lie in the first. */
function below(file: string, from: string, to: string): string | undefined {
  if (file === from) return to;
  return file.startsWith(`${from}/`) ? to + file.slice(from.length) : undefined;
}
