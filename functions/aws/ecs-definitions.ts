// Task definitions, each registered once: RegisterTaskDefinition is limited to one a second for the whole account. What
// is registered already is found by its family's name, also after a cold start.
import { DescribeTaskDefinitionCommand, type ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import type { TaskDefinition } from '#jobs/task-definition.ts';
import type { DefineAnswer } from '#jobs/world.ts';
import { defineFailure, isDefinitionGone } from './ecs-answers.ts';
import { type DefinitionOptions, registerInput, type RegisterInput } from './ecs-register-input.ts';

/** Definitions that one process remembers; the oldest is looked up again. */
const REMEMBERED_MAX = 2_000;

export class EcsDefinitions {
  readonly #client: ECSClient;
  readonly #options: DefinitionOptions;
  readonly #arns = new Map<string, string>();
  /** Revisions that ECS refused to run; DescribeTaskDefinition may show them as active for minutes. */
  readonly #gone = new Set<string>();

  constructor(client: ECSClient, options: DefinitionOptions) {
    this.#client = client;
    this.#options = options;
  }

  async define(definition: TaskDefinition): Promise<DefineAnswer> {
    const input = registerInput(definition, this.#options);
    const known = this.#arns.get(input.family);
    if (known !== undefined) return { kind: 'defined', definition: known };
    try {
      const arn = (await this.#existing(input.family)) ?? (await this.#register(input));
      if (arn === undefined) return { kind: 'unreachable', message: 'RegisterTaskDefinition answered no definition' };
      this.#remember(input.family, arn);
      return { kind: 'defined', definition: arn };
    } catch (error) {
      return defineFailure(error);
    }
  }

  /** ECS would not run this revision: it is never adopted again. */
  forget(arn: string): void {
    this.#gone.add(arn);
    for (const [family, known] of this.#arns) if (known === arn) this.#arns.delete(family);
  }

  async #existing(family: string): Promise<string | undefined> {
    try {
      const { taskDefinition } = await this.#client.send(new DescribeTaskDefinitionCommand({ taskDefinition: family }));
      const arn = taskDefinition?.status === 'ACTIVE' ? taskDefinition.taskDefinitionArn : undefined;
      return arn === undefined || this.#gone.has(arn) ? undefined : arn;
    } catch (error) {
      if (isDefinitionGone(error)) return undefined;
      throw error;
    }
  }

  async #register(input: RegisterInput): Promise<string | undefined> {
    const { taskDefinition } = await this.#client.send(new RegisterTaskDefinitionCommand(input));
    return taskDefinition?.taskDefinitionArn;
  }

  #remember(family: string, arn: string): void {
    this.#arns.set(family, arn);
    if (this.#arns.size <= REMEMBERED_MAX) return;
    const oldest = this.#arns.keys().next();
    if (oldest.done !== true) this.#arns.delete(oldest.value);
  }
}
