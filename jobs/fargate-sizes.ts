// The pairs of CPU and memory that Fargate sells, as a table, and rounding up to one of them.
// Source: ECS Developer Guide, "Task CPU and memory" (32 vCPU since 2025; Linux platform 1.4.0 from 8 vCPU on).
import type { TaskSize } from './task-definition.ts';

interface SizeRow {
  readonly cpuUnits: number;
  readonly memoryGiB: readonly number[];
}

const range = (from: number, to: number, step: number): readonly number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

export const FARGATE_SIZES: readonly SizeRow[] = [
  { cpuUnits: 256, memoryGiB: [0.5, 1, 2] },
  { cpuUnits: 512, memoryGiB: range(1, 4, 1) },
  { cpuUnits: 1024, memoryGiB: range(2, 8, 1) },
  { cpuUnits: 2048, memoryGiB: range(4, 16, 1) },
  { cpuUnits: 4096, memoryGiB: range(8, 30, 1) },
  { cpuUnits: 8192, memoryGiB: range(16, 60, 4) },
  { cpuUnits: 16384, memoryGiB: range(32, 120, 8) },
  { cpuUnits: 32768, memoryGiB: [60, 120, 244] },
];

/** Ephemeral storage: 20 GiB come free and cannot be asked for; asking starts at 21. */
const DISK_GIB = { min: 21, max: 200 } as const;

export interface WantedSize {
  /** vCPUs; fractions allowed. */
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
}

/** The cheapest pair with at least this much of both; `too-large` names what Fargate cannot give. */
export function fargateSize(
  wanted: WantedSize,
): { readonly kind: 'size'; readonly size: TaskSize } | { readonly kind: 'too-large'; readonly message: string } {
  if (wanted.diskGiB > DISK_GIB.max) {
    return { kind: 'too-large', message: `Fargate gives at most ${DISK_GIB.max} GiB of disk, not ${wanted.diskGiB}` };
  }
  for (const { cpuUnits, memoryGiB } of FARGATE_SIZES) {
    if (cpuUnits < wanted.cpus * 1024) continue;
    const memory = memoryGiB.find((gib) => gib * 1024 >= wanted.memoryMiB);
    if (memory === undefined) continue;
    return {
      kind: 'size',
      size: {
        cpuUnits,
        memoryMiB: memory * 1024,
        ephemeralStorageGiB: Math.max(DISK_GIB.min, Math.ceil(wanted.diskGiB)),
      },
    };
  }
  return {
    kind: 'too-large',
    message: `Fargate has no task with ${wanted.cpus} vCPU and ${wanted.memoryMiB} MiB of memory; its largest is 32 vCPU with 244 GiB`,
  };
}
