// A stopped task as ECS tells it: in the "ECS Task State Change" event (times are ISO texts) and in DescribeTasks (times
// are dates). Both give the one form that decisions use. Unknown containers, such as GuardDuty's, are kept: whoever
// decides looks for names.
// Source: ECS Developer Guide, "Task state change events"; API reference, Task.
import * as z from 'zod/mini';
import type { TaskStopped } from '#jobs/task-stopped.ts';

const Text = z.nullish(z.string());
const Time = z.pipe(
  z.nullish(z.union([z.string(), z.date()])),
  z.transform((time) => {
    const millis = new Date(time ?? NaN).getTime();
    return Number.isNaN(millis) ? undefined : millis;
  }),
);

const ContainerSchema = z.object({
  name: z.nullish(z.string()),
  exitCode: z.nullish(z.number()),
  reason: Text,
  imageDigest: Text,
});

/** Of the event's `detail` and of a task in DescribeTasks alike. */
export const TaskSchema = z.object({
  taskArn: z.string(),
  lastStatus: Text,
  startedBy: Text,
  stopCode: Text,
  stoppedReason: Text,
  containers: z.nullish(z.array(ContainerSchema)),
  version: z.nullish(z.number()),
  capacityProviderName: Text,
  createdAt: Time,
  startedAt: Time,
  pullStartedAt: Time,
  pullStoppedAt: Time,
  stoppedAt: Time,
});

export const TaskStateChangeSchema = z.object({
  'detail-type': z.literal('ECS Task State Change'),
  detail: TaskSchema,
});

export type EcsTask = z.output<typeof TaskSchema>;

/** Only of a task whose last status is STOPPED. */
export function taskStopped(task: EcsTask): TaskStopped {
  const { stopCode, createdAt, startedAt, pullStartedAt, pullStoppedAt, stoppedAt } = task;
  return {
    task: task.taskArn,
    attempt: task.startedBy ?? '',
    stoppedReason: task.stoppedReason ?? '',
    containers: (task.containers ?? []).map(({ name, exitCode, reason, imageDigest }) => ({
      name: name ?? '',
      ...present({ exitCode, reason, imageDigest }),
    })),
    version: task.version ?? 0,
    spot: task.capacityProviderName === 'FARGATE_SPOT',
    ...present({ stopCode, createdAt, startedAt, pullStartedAt, pullStoppedAt, stoppedAt }),
  };
}

function present<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
