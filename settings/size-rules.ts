// Sizes and run time limit of the jobs that a rule of EXECUTOR_SIZE_RULES matches: its own, else those of every job.
import type { Settings } from './parse.ts';

/** What a task's size is made of: vCPUs, and bytes of memory and disk. */
export type JobSizes = Pick<Settings, 'jobNumCpus' | 'jobMemory' | 'jobDiskSpace'>;

export interface SizeRuleOf<Size> {
  readonly queue?: string;
  readonly repository?: string;
  readonly size: Size;
  readonly runtimeLimitMs: number;
}

/** In the order of the setting; `taskSize` says what a task of such sizes is where the jobs run. */
export function sizeRules<Size>(
  settings: JobSizes & Pick<Settings, 'maximumRuntimePerJob' | 'sizeRules'>,
  taskSize: (sizes: JobSizes) => Size,
): readonly SizeRuleOf<Size>[] {
  return (settings.sizeRules ?? []).map(({ queue, repository, cpus, memory, disk, deadline }) => ({
    ...(queue === undefined ? {} : { queue }),
    ...(repository === undefined ? {} : { repository }),
    size: taskSize({
      jobNumCpus: cpus ?? settings.jobNumCpus,
      jobMemory: memory ?? settings.jobMemory,
      jobDiskSpace: disk ?? settings.jobDiskSpace,
    }),
    runtimeLimitMs: deadline ?? settings.maximumRuntimePerJob,
  }));
}
