// What was found out about a pool, before anything is thought of it. What could not be asked is said to be so.
import type { Lease } from '#jobs/lease-rules.ts';
import type { TaskSize } from '#jobs/task-definition.ts';
import type { Instance, JobStore, Millis } from '#jobs/world.ts';
import type { DeploymentValues } from '#settings/deployment.ts';
import type { Queues } from '#settings/parse.ts';
import type { VcpuQuota } from '../aws/fargate-quotas.ts';
import type { QueueDepths } from '../aws/queue-depths.ts';
import type { RecentLines } from '../aws/recent-lines.ts';
import type { RunnerImageState } from '../aws/runner-image-state.ts';

export interface Unanswered {
  readonly kind: 'unanswered';
  readonly why: string;
}

/** An answer, or why there is none. */
export type Asked<T> = { readonly kind: 'answered'; readonly value: T } | Unanswered;

export interface Facts {
  readonly now: Millis;
  readonly region: string;
  readonly pool: Pick<DeploymentValues<'status'>, 'poolName' | 'polling' | 'runnerImage' | 'capacity' | 'vcpuQuota'>;
  readonly frontendUrl: string;
  readonly queues: Queues;
  readonly maximumJobs: number;
  /** Of jobs for which no rule speaks. */
  readonly size: TaskSize;
  readonly instance: Awaited<ReturnType<Instance['authenticate']>>;
  /** Undefined: no dispatcher has ever come. */
  readonly lease: Asked<Lease | undefined>;
  readonly jobs: Asked<Awaited<ReturnType<JobStore['inFlight']>>>;
  readonly quota: VcpuQuota;
  readonly image: RunnerImageState;
  readonly depths: Asked<QueueDepths>;
  readonly lines: Asked<RecentLines>;
}
