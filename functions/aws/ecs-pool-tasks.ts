// The tasks of one pool in its cluster, which others may share: listed, described and stopped.
import {
  DescribeTasksCommand,
  type DesiredStatus,
  type ECSClient,
  ListTasksCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import type { RunningTask, Throttled, Unreachable } from '#jobs/world.ts';
import { isFamilyOf } from './ecs-register-input.ts';
import { callFailure } from './failures.ts';
import { type EcsTask, taskStopped, TaskSchema } from './task-stopped-event.ts';

export interface PoolTasksOptions {
  readonly poolName: string;
  readonly clusterArn: string;
}

export type ListedTasks = { readonly kind: 'listed'; readonly tasks: readonly RunningTask[] } | Throttled | Unreachable;

/** DescribeTasks takes a hundred. */
const DESCRIBE_MAX = 100;
/** StopTask takes a reason of 1,024 characters. */
const REASON_MAX = 255;

export class EcsPoolTasks {
  readonly #client: Pick<ECSClient, 'send'>;
  readonly #options: PoolTasksOptions;

  constructor(client: Pick<ECSClient, 'send'>, options: PoolTasksOptions) {
    this.#client = client;
    this.#options = options;
  }

  async stop(task: string, why: string): Promise<'stopping' | 'unknown' | Throttled | Unreachable> {
    const reason = why.slice(0, REASON_MAX);
    try {
      await this.#client.send(new StopTaskCommand({ cluster: this.#options.clusterArn, task, reason }));
      return 'stopping';
    } catch (error) {
      const failure = callFailure(error);
      if (failure.kind !== 'refused') return failure;
      if (/referenced task was not found/i.test(failure.message)) return 'unknown';
      return { kind: 'unreachable', message: failure.message };
    }
  }

  /** All that nobody has stopped, those that still start included. */
  list(): Promise<ListedTasks> {
    return this.#listed(['RUNNING']);
  }

  /** All that have not stopped, those that are being stopped included: a cluster with one of them cannot be deleted. */
  listUnstopped(): Promise<ListedTasks> {
    return this.#listed(['RUNNING', 'STOPPED']);
  }

  async describe(
    tasks: readonly string[],
  ): Promise<{ readonly kind: 'described'; readonly tasks: readonly RunningTask[] } | Throttled | Unreachable> {
    return this.#reading(async () => ({ kind: 'described', tasks: await this.#describe(tasks) }));
  }

  #listed(desired: readonly DesiredStatus[]): Promise<ListedTasks> {
    return this.#reading(async () => {
      const arns: string[] = [];
      for (const status of desired) arns.push(...(await this.#arns(status)));
      const tasks = (await this.#describe([...new Set(arns)])).filter(({ status }) => status !== 'STOPPED');
      return { kind: 'listed', tasks };
    });
  }

  async #arns(desiredStatus: DesiredStatus): Promise<readonly string[]> {
    const arns: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.#client.send(
        new ListTasksCommand({
          cluster: this.#options.clusterArn,
          desiredStatus,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      );
      arns.push(...(page.taskArns ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return arns;
  }

  async #describe(arns: readonly string[]): Promise<readonly RunningTask[]> {
    const found: RunningTask[] = [];
    for (let from = 0; from < arns.length; from += DESCRIBE_MAX) {
      const part = arns.slice(from, from + DESCRIBE_MAX);
      const command = new DescribeTasksCommand({ cluster: this.#options.clusterArn, tasks: part });
      const { tasks = [] } = await this.#client.send(command);
      const ours = tasks.filter(({ group = '' }) => isFamilyOf(this.#options.poolName, group.replace(/^family:/, '')));
      found.push(...ours.map((task) => runningTask(TaskSchema.parse(task))));
    }
    return found;
  }

  async #reading<T>(read: () => Promise<T>): Promise<T | Throttled | Unreachable> {
    try {
      return await read();
    } catch (error) {
      const failure = callFailure(error);
      return failure.kind === 'throttled' ? failure : { kind: 'unreachable', message: failure.message };
    }
  }
}

function runningTask(task: EcsTask): RunningTask {
  const { lastStatus, startedAt } = task;
  // Between RUNNING and STOPPED come states in which nothing is sure: the containers have ended, the task has not.
  const early = ['PROVISIONING', 'PENDING', 'ACTIVATING'].includes(lastStatus ?? '');
  return {
    task: task.taskArn,
    startedBy: task.startedBy ?? '',
    status: lastStatus === 'STOPPED' ? 'STOPPED' : early ? 'PENDING' : 'RUNNING',
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(lastStatus === 'STOPPED' ? { stopped: taskStopped(task) } : {}),
  };
}
