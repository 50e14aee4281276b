// What the parts of the story share: the stack's surroundings, and what an earlier part leaves for the later ones.
import type { Sandbox } from '#local/sandbox/sandbox.ts';
import type { JobTemplate, SandboxJob } from '#local/sandbox/jobs.ts';
import { Deployed } from './deployed.ts';
import type { Given } from './environment.ts';
import { inventory } from './inventory.ts';
import { until } from './until.ts';
import { openWorld, type World } from './world.ts';

export class Stage {
  readonly world: World;
  readonly deployed: Deployed;
  /** All that the account held before the stack. */
  readonly before: readonly string[];
  readonly #given: Given;
  #sandbox: Sandbox | undefined;

  private constructor(given: Given, world: World, before: readonly string[]) {
    this.#given = given;
    this.world = world;
    this.before = before;
    this.deployed = new Deployed(world.account);
  }

  /** In an account that is bootstrapped and otherwise empty. */
  static async set(given: Given): Promise<Stage> {
    const world = await openWorld(given);
    const bootstrapped = await world.cdk.bootstrap(world.context);
    if (bootstrapped.code !== 0) throw new Error(bootstrapped.output);
    return new Stage(given, world, await inventory(given.url, world.account));
  }

  /** For files of the tests. */
  get folder(): string {
    return this.#given.folder;
  }

  inventory(): Promise<readonly string[]> {
    return inventory(this.#given.url, this.world.account);
  }

  async startSourcegraph(): Promise<Sandbox> {
    this.#sandbox = await this.world.startSourcegraph();
    return this.#sandbox;
  }

  get sandbox(): Sandbox {
    if (this.#sandbox === undefined) throw new Error('Sourcegraph has not been started: an earlier test has failed');
    return this.#sandbox;
  }

  enqueue(queue: string, job: JobTemplate): SandboxJob {
    return this.sandbox.rules.enqueue(queue, job);
  }

  /** Fires the schedule at once and then as often as its period, or oftener, until the job has ended. */
  async finish(job: SandboxJob, seconds = 60): Promise<void> {
    await this.deployed.fireSchedule();
    await until(`job ${job.id} ends`, seconds, () => job.finishedAt !== undefined);
  }
}

/** Set before the tests run. */
export type UseStage = () => Stage;
