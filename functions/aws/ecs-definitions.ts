// Task definitions, each registered once: RegisterTaskDefinition is limited to one a second for the whole account. What
// is registered already is found by its family's name, also after a cold start.
import { DescribeTaskDefinitionCommand, type ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { TokenBucket } from '#jobs/dispatch/token-bucket.ts';
import type { TaskDefinition } from '#jobs/task-definition.ts';
import type { DefineAnswer } from '#jobs/world.ts';
import { defineFailure, isDefinitionGone } from './ecs-answers.ts';
import { type DefinitionOptions, registerInput, type RegisterInput } from './ecs-register-input.ts';

/** AWS's own limit, less a few that overtake each other on their way. Asking faster would only be refused, and keep others in the account from registering theirs. */
const REGISTRATIONS = { burst: 18, perSecond: 1 };

/** Definitions that one process remembers; the oldest is looked up again. */
const REMEMBERED_MAX = 2_000;

export class EcsDefinitions {
  readonly #client: Pick<ECSClient, 'send'>;
  readonly #options: DefinitionOptions;
  readonly #now: () => number;
  readonly #registrations: TokenBucket;
  readonly #arns = new Map<string, string>();
  /** Families that are known not to be there, waiting for their turn to be registered. */
  readonly #missing = new Set<string>();
  /** Revisions that ECS refused to run; DescribeTaskDefinition may show them as active for minutes. */
  readonly #gone = new Set<string>();

  constructor(client: Pick<ECSClient, 'send'>, options: DefinitionOptions, now: () => number) {
    this.#client = client;
    this.#options = options;
    this.#now = now;
    this.#registrations = new TokenBucket(REGISTRATIONS, now());
  }

  async define(definition: TaskDefinition): Promise<DefineAnswer> {
    const input = registerInput(definition, this.#options);
    const known = this.#arns.get(input.family);
    if (known !== undefined) return { kind: 'defined', definition: known };
    try {
      const existing = this.#missing.has(input.family) ? undefined : await this.#existing(input.family);
      if (existing === undefined && !this.#registrations.take(this.#now())) {
        this.#missing.add(input.family);
        return { kind: 'throttled', message: 'task definitions may be registered at one a second' };
      }
      const arn = existing ?? (await this.#register(input));
      if (arn === undefined) return { kind: 'unreachable', message: 'RegisterTaskDefinition answered no definition' };
      this.#missing.delete(input.family);
      this.#remember(input.family, arn);
      return { kind: 'defined', definition: arn };
    } catch (error) {
      const failure = defineFailure(error);
      if (failure.kind === 'throttled') this.#registrations.throttled(this.#now());
      return failure;
    }
  }

  /** Whether a family's definition was used by this process lately. */
  isKnown(family: string): boolean {
    return this.#arns.has(family);
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
