// One task of the ECS double: its states, and how DescribeTasks and the state change event show it. Times are epoch
// seconds in the one and ISO texts in the other.
import type { Registered } from './definitions.ts';
import type { EndedContainer } from './world.ts';

export type TaskStatus = 'PROVISIONING' | 'PENDING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPED';

export interface EcsTask {
  readonly arn: string;
  readonly clusterArn: string;
  readonly definition: Registered;
  readonly startedBy: string;
  readonly capacityProvider: string;
  readonly overrides: unknown;
  readonly createdAt: number;
  lastStatus: TaskStatus;
  desiredStatus: 'RUNNING' | 'STOPPED';
  containers: readonly EndedContainer[];
  /** Grows with each change. */
  version: number;
  startedAt?: number;
  stoppingAt?: number;
  executionStoppedAt?: number;
  stoppedAt?: number;
  stopCode?: string;
  stoppedReason?: string;
  /** Reads that do not find it yet. */
  hiddenReads: number;
}

export const vcpusOf = (task: EcsTask): number => Number(task.definition.cpu) / 1024;

function common(task: EcsTask): Record<string, unknown> {
  const { definition } = task;
  return {
    taskArn: task.arn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: definition.taskDefinitionArn,
    group: `family:${definition.family}`,
    startedBy: task.startedBy,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    capacityProviderName: task.capacityProvider,
    launchType: 'FARGATE',
    platformVersion: '1.4.0',
    cpu: definition.cpu,
    memory: definition.memory,
    overrides: task.overrides,
    version: task.version,
    ...(task.stopCode === undefined ? {} : { stopCode: task.stopCode }),
    ...(task.stoppedReason === undefined ? {} : { stoppedReason: task.stoppedReason }),
    containers: task.containers.map((container) => ({
      ...container,
      containerArn: `${task.arn}/${container.name}`,
      taskArn: task.arn,
      lastStatus: task.lastStatus === 'STOPPED' ? 'STOPPED' : 'RUNNING',
    })),
  };
}

const TIMES = ['createdAt', 'startedAt', 'stoppingAt', 'executionStoppedAt', 'stoppedAt'] as const;

function times(task: EcsTask, write: (millis: number) => number | string): Record<string, number | string> {
  return Object.fromEntries(
    TIMES.flatMap((name) => {
      const millis = task[name];
      return millis === undefined ? [] : [[name, write(millis)]];
    }),
  );
}

export function described(task: EcsTask): Record<string, unknown> {
  return { ...common(task), ...times(task, (millis) => millis / 1000) };
}

export function stateChangeEvent(task: EcsTask, id: string, now: number): Record<string, unknown> {
  const [, , , region, account] = task.arn.split(':');
  return {
    version: '0',
    id,
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    account,
    region,
    time: new Date(now).toISOString(),
    resources: [task.arn],
    detail: {
      ...common(task),
      ...times(task, (millis) => new Date(millis).toISOString()),
      attachments: [{ id: '9b1f', type: 'eni', status: 'DELETED', details: [] }],
      connectivity: 'CONNECTED',
      updatedAt: new Date(now).toISOString(),
    },
  };
}
