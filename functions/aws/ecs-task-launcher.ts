// Tasks on ECS with Fargate. Nothing is repeated here: whoever asked sends the same request again, and ECS knows it by
// its client token.
import {
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { RUNNER_ENVIRONMENT } from '#jobs/payload.ts';
import { RUNNER_CONTAINER, type TaskDefinition } from '#jobs/task-definition.ts';
import type {
  DefineAnswer,
  LaunchAnswer,
  LaunchRequest,
  RunningTask,
  TaskLauncher,
  Throttled,
  Unreachable,
} from '#jobs/world.ts';
import { launchAnswer, launchFailure } from './ecs-answers.ts';
import { EcsDefinitions } from './ecs-definitions.ts';
import { type DefinitionOptions, ecsTags, isFamilyOf } from './ecs-register-input.ts';
import { callFailure } from './failures.ts';
import { type EcsTask, taskStopped, TaskSchema } from './task-stopped-event.ts';

export interface EcsOptions extends DefinitionOptions {
  readonly clusterArn: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly assignPublicIp: boolean;
}

/** DescribeTasks takes a hundred. */
const DESCRIBE_MAX = 100;
/** StopTask takes a reason of 1,024 characters. */
const REASON_MAX = 255;

export class EcsTaskLauncher implements TaskLauncher {
  readonly #client: ECSClient;
  readonly #options: EcsOptions;
  readonly #definitions: EcsDefinitions;

  constructor(client: ECSClient, options: EcsOptions) {
    this.#client = client;
    this.#options = options;
    this.#definitions = new EcsDefinitions(client, options);
  }

  define(definition: TaskDefinition): Promise<DefineAnswer> {
    return this.#definitions.define(definition);
  }

  async launch(request: LaunchRequest): Promise<LaunchAnswer> {
    const answer = await this.#run(request);
    if (answer.kind === 'definition-gone') this.#definitions.forget(request.definition);
    return answer;
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

  async list(): Promise<{ readonly kind: 'listed'; readonly tasks: readonly RunningTask[] } | Throttled | Unreachable> {
    return this.#reading(async () => {
      const arns: string[] = [];
      let nextToken: string | undefined;
      do {
        // RUNNING is the desired status of all tasks that nobody has stopped, those that still start included.
        const page = await this.#client.send(
          new ListTasksCommand({
            cluster: this.#options.clusterArn,
            desiredStatus: 'RUNNING',
            ...(nextToken === undefined ? {} : { nextToken }),
          }),
        );
        arns.push(...(page.taskArns ?? []));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      const tasks = (await this.#describe(arns)).filter(({ status }) => status !== 'STOPPED');
      return { kind: 'listed', tasks };
    });
  }

  async describe(
    tasks: readonly string[],
  ): Promise<{ readonly kind: 'described'; readonly tasks: readonly RunningTask[] } | Throttled | Unreachable> {
    return this.#reading(async () => ({ kind: 'described', tasks: await this.#describe(tasks) }));
  }

  async #run(request: LaunchRequest): Promise<LaunchAnswer> {
    try {
      return launchAnswer(await this.#client.send(new RunTaskCommand(runTaskInput(request, this.#options))));
    } catch (error) {
      return launchFailure(error);
    }
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

/** The same request gives the same input: ECS compares all of it when it meets a token again. */
export function runTaskInput(request: LaunchRequest, options: EcsOptions): RunTaskCommandInput {
  const capacityProvider = request.capacity === 'spot' ? 'FARGATE_SPOT' : 'FARGATE';
  return {
    cluster: options.clusterArn,
    taskDefinition: request.definition,
    clientToken: request.clientToken,
    count: 1,
    startedBy: request.attempt,
    // The API's default weight is 0, which can place nothing.
    capacityProviderStrategy: [{ capacityProvider, weight: 1 }],
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...options.subnetIds],
        securityGroups: [...options.securityGroupIds],
        assignPublicIp: options.assignPublicIp ? 'ENABLED' : 'DISABLED',
      },
    },
    // Overrides are echoed in events and to whoever may describe tasks: one short-lived pointer, and nothing else.
    overrides: {
      containerOverrides: [
        {
          name: RUNNER_CONTAINER,
          environment: [{ name: RUNNER_ENVIRONMENT.payloadUrl, value: request.payloadUrl }],
        },
      ],
    },
    tags: ecsTags(options.tags),
    propagateTags: 'TASK_DEFINITION',
    enableECSManagedTags: true,
    enableExecuteCommand: false,
  };
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
