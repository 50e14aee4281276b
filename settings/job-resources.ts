// What each job gets, in the words of a dequeue request: the instance passes the texts on to codeintel's steps.
import type { Settings } from './parse.ts';

export function jobResources({
  jobNumCpus,
  jobMemory,
  jobDiskSpace,
}: Pick<Settings, 'jobNumCpus' | 'jobMemory' | 'jobDiskSpace'>): {
  numCpus: number;
  memory: string;
  diskSpace: string;
} {
  return { numCpus: jobNumCpus, memory: sizeText(jobMemory), diskSpace: sizeText(jobDiskSpace) };
}

/** As Sourcegraph writes sizes: `12G`; what is no whole number of gibibytes, in mebibytes rounded up. */
function sizeText(bytes: number): string {
  const gib = bytes / 1024 ** 3;
  return Number.isInteger(gib) ? `${gib}G` : `${Math.ceil(bytes / 1024 ** 2)}M`;
}
