// Where things are, as the runner sees them and as steps see them. On Fargate, Docker and Kubernetes both see /job; host
// processes without a mount namespace see the task's folder on the host instead.
import path from 'node:path';
import { CONTROL_PATH_IN_STEPS, JOB_PATH, REPOSITORY_PATH_IN_STEPS } from '#jobs/task-definition.ts';

export interface TaskPaths {
  /** The workspace, in the runner. */
  readonly job: string;
  /** The workspace, in a step container. */
  readonly jobInSteps: string;
  /** The repository of a version 1 batches job, in a step container. */
  readonly repositoryInSteps: string;
  /** The control volume of a step container, in the runner. */
  control(container: string): string;
  /** The same in that container. */
  controlInSteps(container: string): string;
}

/** Paths of a real task: every container has volumes of its own. */
export const CONTAINER_PATHS: TaskPaths = {
  job: JOB_PATH,
  jobInSteps: JOB_PATH,
  repositoryInSteps: REPOSITORY_PATH_IN_STEPS,
  control: (container) => `/control/${container}`,
  controlInSteps: () => CONTROL_PATH_IN_STEPS,
};

/**
 * Paths of a task whose containers are host processes under `root`. `mounted`: a mount namespace shows steps the workspace
 * at /job and the repository at /work, as the protocol promises; else they see the host's folders, as the runner does.
 */
export function hostPaths(root: string, mounted: boolean): TaskPaths {
  const control = (container: string): string => path.join(root, 'control', container);
  const job = path.join(root, 'job');
  return {
    job,
    jobInSteps: mounted ? JOB_PATH : job,
    repositoryInSteps: mounted ? REPOSITORY_PATH_IN_STEPS : path.join(job, 'repository'),
    control,
    controlInSteps: mounted ? () => CONTROL_PATH_IN_STEPS : control,
  };
}
