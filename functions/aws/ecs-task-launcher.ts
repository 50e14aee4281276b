// Tasks on ECS with Fargate. Nothing is repeated here: whoever asked sends the same request again, and ECS knows it by
// its client token.
import { type ECSClient, RunTaskCommand, type RunTaskCommandInput } from '@aws-sdk/client-ecs';
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
import { EcsOldDefinitions } from './ecs-old-definitions.ts';
import { EcsPoolTasks } from './ecs-pool-tasks.ts';
import { type DefinitionOptions, ecsTags } from './ecs-register-input.ts';

export interface EcsOptions extends DefinitionOptions {
  readonly clusterArn: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly assignPublicIp: boolean;
}

export class EcsTaskLauncher implements TaskLauncher {
  readonly #client: Pick<ECSClient, 'send'>;
  readonly #options: EcsOptions;
  readonly #definitions: EcsDefinitions;
  readonly #tasks: EcsPoolTasks;
  readonly #oldDefinitions: EcsOldDefinitions;

  constructor(client: Pick<ECSClient, 'send'>, options: EcsOptions, now: () => number = Date.now) {
    this.#client = client;
    this.#options = options;
    this.#definitions = new EcsDefinitions(client, options, now);
    this.#tasks = new EcsPoolTasks(client, options);
    this.#oldDefinitions = new EcsOldDefinitions(client, {
      poolName: options.poolName,
      now,
      isInUse: (family) => this.#definitions.isKnown(family),
    });
  }

  define(definition: TaskDefinition): Promise<DefineAnswer> {
    return this.#definitions.define(definition);
  }

  retireDefinition(): Promise<'retired' | 'none' | Throttled | Unreachable> {
    return this.#oldDefinitions.retireOne();
  }

  async launch(request: LaunchRequest): Promise<LaunchAnswer> {
    const answer = await this.#run(request);
    if (answer.kind === 'definition-gone') this.#definitions.forget(request.definition);
    return answer;
  }

  stop(task: string, why: string): Promise<'stopping' | 'unknown' | Throttled | Unreachable> {
    return this.#tasks.stop(task, why);
  }

  list(): Promise<{ readonly kind: 'listed'; readonly tasks: readonly RunningTask[] } | Throttled | Unreachable> {
    return this.#tasks.list();
  }

  describe(
    tasks: readonly string[],
  ): Promise<{ readonly kind: 'described'; readonly tasks: readonly RunningTask[] } | Throttled | Unreachable> {
    return this.#tasks.describe(tasks);
  }

  async #run(request: LaunchRequest): Promise<LaunchAnswer> {
    try {
      return launchAnswer(await this.#client.send(new RunTaskCommand(runTaskInput(request, this.#options))));
    } catch (error) {
      return launchFailure(error);
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
