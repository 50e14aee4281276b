// The task that Fargate gives a job of the sizes that are set.
import { fargateSize } from '#jobs/fargate-sizes.ts';
import type { TaskSize } from '#jobs/task-definition.ts';
import type { JobSizes } from '#settings/size-rules.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** The images lie on the same disk as the workspace. */
const IMAGES_GIB = 10;
const DISK_GIB_MAX = 200;

/** Throws when Fargate has no such task; synth says so much earlier. */
export function taskSize({ jobNumCpus, jobMemory, jobDiskSpace }: JobSizes): TaskSize {
  const found = fargateSize({
    cpus: jobNumCpus,
    memoryMiB: Math.ceil(jobMemory / MIB),
    diskGiB: Math.min(DISK_GIB_MAX, Math.ceil(jobDiskSpace / GIB) + IMAGES_GIB),
  });
  if (found.kind === 'too-large') throw new Error(found.message);
  return found.size;
}
