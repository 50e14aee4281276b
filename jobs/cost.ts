// What a task is about to cost: an estimate to compare jobs and sizes by, not a bill. Data transfer, public addresses and
// logs are not in it.
// Source: AWS Fargate pricing, Linux, us-east-1, November 2026; not verified against a bill. Spot's price moves; taken
// at 70 % off, as it has mostly been.
import type { TaskDefinition, TaskSize } from './task-definition.ts';
import type { LaunchRequest, Millis } from './world.ts';

interface Prices {
  /** US dollars an hour. */
  readonly vcpu: number;
  readonly gib: number;
}

const ON_DEMAND: Readonly<Record<TaskDefinition['architecture'], Prices>> = {
  X86_64: { vcpu: 0.04048, gib: 0.004445 },
  ARM64: { vcpu: 0.03238, gib: 0.00356 },
};
const SPOT_PART = 0.3;
/** An hour, of what is above the free part; the same on Spot. */
const DISK_GIB = 0.000111;
const DISK_FREE_GIB = 20;
/** The least that is billed. */
const BILLED_MIN_MS = 60_000;

export interface TaskKind {
  readonly size: TaskSize;
  readonly architecture: TaskDefinition['architecture'];
  readonly capacity: LaunchRequest['capacity'];
}

/** Millionths of a US dollar, for `billedMs` from the start of the image pull to the end of the task. */
export function taskCostMicroDollars({ size, architecture, capacity }: TaskKind, billedMs: Millis): number {
  const { vcpu, gib } = ON_DEMAND[architecture];
  const compute = (size.cpuUnits / 1024) * vcpu + (size.memoryMiB / 1024) * gib;
  const disk = Math.max(0, size.ephemeralStorageGiB - DISK_FREE_GIB) * DISK_GIB;
  const anHour = compute * (capacity === 'spot' ? SPOT_PART : 1) + disk;
  const hours = Math.max(BILLED_MIN_MS, billedMs) / 3_600_000;
  return Math.round(anHour * hours * 1_000_000);
}
