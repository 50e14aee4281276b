// Task definitions of this pool that were registered long ago: found once a day, looked at one at a time. A family has one
// revision, so whoever needs it again registers it again.
import {
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  ListTaskDefinitionFamiliesCommand,
} from '@aws-sdk/client-ecs';
import type { Throttled, Unreachable } from '#jobs/world.ts';
import { isDefinitionGone } from './ecs-answers.ts';
import { isFamilyOf } from './ecs-register-input.ts';
import { callFailure } from './failures.ts';

const DAY_MS = 24 * 3_600_000;
/** Longer than any job runs, and than a deployment goes without its images being used. */
const KEPT_MS = 30 * DAY_MS;
const LOOK_EVERY_MS = DAY_MS;

export interface OldDefinitionsOptions {
  readonly poolName: string;
  readonly now: () => number;
  /** One that this process uses. */
  isInUse(family: string): boolean;
}

export class EcsOldDefinitions {
  readonly #client: Pick<ECSClient, 'send'>;
  readonly #options: OldDefinitionsOptions;
  readonly #families: string[] = [];
  #lookAt = 0;

  constructor(client: Pick<ECSClient, 'send'>, options: OldDefinitionsOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Looks at one family; lists them first when that was long ago. */
  async retireOne(): Promise<'retired' | 'none' | Throttled | Unreachable> {
    const now = this.#options.now();
    try {
      if (this.#families.length === 0) {
        if (now < this.#lookAt) return 'none';
        this.#families.push(...(await this.#list()));
        this.#lookAt = now + LOOK_EVERY_MS;
      }
      const family = this.#families.pop();
      if (family === undefined || this.#options.isInUse(family)) return 'none';
      return await this.#retire(family, now);
    } catch (error) {
      if (isDefinitionGone(error)) return 'none';
      const failure = callFailure(error);
      return failure.kind === 'throttled' ? failure : { kind: 'unreachable', message: failure.message };
    }
  }

  async #retire(family: string, now: number): Promise<'retired' | 'none'> {
    const { taskDefinition } = await this.#client.send(new DescribeTaskDefinitionCommand({ taskDefinition: family }));
    const { registeredAt, taskDefinitionArn } = taskDefinition ?? {};
    if (taskDefinitionArn === undefined || registeredAt === undefined) return 'none';
    if (now - registeredAt.getTime() < KEPT_MS) return 'none';
    await this.#client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: taskDefinitionArn }));
    await this.#client.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: [taskDefinitionArn] }));
    return 'retired';
  }

  async #list(): Promise<readonly string[]> {
    const { poolName } = this.#options;
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.#client.send(
        new ListTaskDefinitionFamiliesCommand({
          familyPrefix: `${poolName}-`,
          status: 'ACTIVE',
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      );
      found.push(...(page.families ?? []).filter((family) => isFamilyOf(poolName, family)));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found;
  }
}
