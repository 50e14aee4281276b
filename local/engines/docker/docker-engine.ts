// The engine that runs a task definition as Fargate does, on a Docker engine: one container for each, sharing volumes and
// one network namespace.
import { randomBytes } from 'node:crypto';
import { RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import type { Engine, EngineTask, StartAnswer, StartTask } from '#local/engines/engine.ts';
import { startOrder } from '#local/engines/start-order.ts';
import { TaskBook } from '#local/engines/task-book.ts';
import { connectDocker, type DockerClient, messageOf, statusOf } from './docker-client.ts';
import { type DockerTaskWorld, removeDockerTask, startDockerTask } from './docker-task.ts';
import type { FindLogin } from './images.ts';
import { isOrphaned, TASK_LABEL } from './labels.ts';
import { MetadataEndpoint } from './metadata-endpoint.ts';
import { openNetwork } from './network.ts';

export interface DockerEngineOptions {
  /** For DOCKER_HOST. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A network of the engine, or `host`. @default one of the executor's own */
  readonly network?: string;
  readonly findLogin?: FindLogin;
  /** Told what could not be removed. */
  readonly warn?: (message: string) => void;
}

export interface DockerEngine extends Engine {
  /** Where this program must listen for its tasks (payloads, results, a sandbox), and the host by which they reach it. */
  readonly program: { readonly listen: string; readonly reachedAs: string };
}

export type OpenDockerEngine =
  { readonly kind: 'open'; readonly engine: DockerEngine } | { readonly kind: 'unavailable'; readonly message: string };

export async function openDockerEngine(options: DockerEngineOptions): Promise<OpenDockerEngine> {
  const connection = await connectDocker(options.environment);
  if (connection.kind === 'unavailable') return connection;
  try {
    return { kind: 'open', engine: await open(connection.client, options) };
  } catch (error) {
    return { kind: 'unavailable', message: `the Docker engine answers but cannot be used: ${messageOf(error)}` };
  }
}

async function open(client: DockerClient, options: DockerEngineOptions): Promise<DockerEngine> {
  const network = await openNetwork(client, options.network);
  const { NCPU: cpus } = (await client.info()) as { NCPU: number };
  const metadata = await MetadataEndpoint.open(network.program.listen, network.program.reachedAs);
  const world: DockerTaskWorld = { client, cpus, network, metadata, findLogin: options.findLogin ?? (() => undefined) };
  return new ContainersOnDocker(world, options.warn ?? (() => undefined));
}

class ContainersOnDocker implements DockerEngine {
  readonly name = 'docker';
  readonly description: string;
  readonly program: DockerEngine['program'];
  readonly #world: DockerTaskWorld;
  readonly #warn: (message: string) => void;
  readonly #book = new TaskBook(`sourcegraph-executor-${randomBytes(4).toString('hex')}`);

  constructor(world: DockerTaskWorld, warn: (message: string) => void) {
    this.#world = world;
    this.#warn = warn;
    this.program = world.network.program;
    const shared = world.network.name === 'host' ? "and share this machine's network" : 'on a network of their own';
    this.description = `Steps run in containers of this machine's Docker engine, ${shared}; they share its kernel.`;
  }

  start(wish: StartTask): Promise<StartAnswer> {
    const { definition, startedBy, runnerEnvironment } = wish;
    const order = startOrder(definition);
    if ('impossible' in order) return Promise.resolve({ kind: 'rejected', message: order.impossible });
    const runner = order.find(({ name }) => name === RUNNER_CONTAINER);
    const task = this.#book.start({
      startedBy,
      stopTimeoutMs: (runner?.stopTimeoutSeconds ?? 0) * 1000,
      launch: (name, signal) =>
        startDockerTask(this.#world, { task: name, definition, order, runnerEnvironment }, signal),
      cleanUp: (stopped) => this.#remove(stopped.task),
    });
    return Promise.resolve({ kind: 'started', task });
  }

  stop(task: string, why: string): Promise<'stopping' | 'unknown'> {
    return Promise.resolve(this.#book.stop(task, why));
  }

  list(): Promise<readonly EngineTask[]> {
    return Promise.resolve(this.#book.list());
  }

  onStopped(listener: (stopped: TaskStopped) => void): () => void {
    return this.#book.onStopped(listener);
  }

  async removeOrphans(): Promise<number> {
    const { client } = this.#world;
    const filters = { label: [TASK_LABEL] };
    const containers = await client.listContainers({ all: true, filters });
    const { Volumes } = (await client.listVolumes({ filters })) as {
      Volumes: { Labels: Record<string, string> }[] | null;
    };
    const orphans = new Set<string>();
    for (const { Labels } of [...containers, ...(Volumes ?? [])]) {
      const task = Labels[TASK_LABEL];
      if (task !== undefined && !orphans.has(task) && (await isOrphaned(Labels, this.#isDeadContainer)))
        orphans.add(task);
    }
    for (const task of orphans) await removeDockerTask(client, task, TASK_LABEL);
    return orphans.size;
  }

  async close(): Promise<void> {
    await this.#book.close();
    await this.#world.metadata.close();
  }

  readonly #isDeadContainer = async (host: string): Promise<boolean> => {
    try {
      return !(await this.#world.client.getContainer(host).inspect()).State.Running;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  };

  async #remove(task: string): Promise<void> {
    await removeDockerTask(this.#world.client, task, TASK_LABEL).catch((error: unknown) =>
      this.#warn(`the containers of ${task} cannot be removed: ${String(error)}`),
    );
  }
}
