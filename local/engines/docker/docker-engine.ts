// The engine that runs a task definition as Fargate does, on a Docker engine: one container for each, sharing volumes and
// one network namespace.
import { randomBytes } from 'node:crypto';
import { RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import type { Engine, EngineTask, StartAnswer, StartTask } from '#local/engines/engine.ts';
import { startOrder } from '#local/engines/start-order.ts';
import { TaskBook } from '#local/engines/task-book.ts';
import type { Mount } from '#settings/mounts.ts';
import { connectDocker, type DockerClient, messageOf, statusOf } from './docker-client.ts';
import { type DockerTaskWorld, removeDockerTask, startDockerTask } from './docker-task.ts';
import { keepWorkspace } from './kept-workspace.ts';
import { isOrphaned, TASK_LABEL } from './labels.ts';
import { MetadataEndpoint } from './metadata-endpoint.ts';
import { HOST_GATEWAY, openNetwork } from './network.ts';
import { findOwnContainer, type OwnContainer } from './own-container.ts';
import { type FindLogin, registryLogins } from './registry-logins.ts';

export interface DockerEngineOptions {
  /** For DOCKER_HOST. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A network of the engine, or `host`. @default one of the executor's own */
  readonly network?: string;
  /** The executor's own logins to registries. @default none */
  readonly findLogin?: FindLogin;
  /** Registries asked for Docker Hub's images first. @default none */
  readonly mirrors?: readonly string[];
  /** More mounts of step containers. @default none */
  readonly stepMounts?: readonly Mount[];
  /** Whether steps reach the host as `host.docker.internal`. @default false */
  readonly hostGateway?: boolean;
  /** How the names of containers and volumes begin. @default sourcegraph-executor */
  readonly namePrefix?: string;
  /** The folder into which the workspace of an ended task goes, as a tar file; undefined: it is not kept. @default never */
  readonly keepWorkspace?: (stopped: TaskStopped) => string | undefined;
  /** Told what could not be done and holds nobody up. */
  readonly warn?: (message: string) => void;
}

export interface DockerEngine extends Engine {
  /** Where this program must listen for its tasks (payloads, results, a sandbox), and the host by which they reach it. */
  readonly program: { readonly listen: string; readonly reachedAs: string };
  /** The container that this program itself is, if it is one of the engine. */
  readonly ownContainer: OwnContainer | undefined;
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
  const own = await findOwnContainer(client);
  const found = await openNetwork(client, options.network, own);
  const extraHosts = new Set([...found.extraHosts, ...(options.hostGateway === true ? [HOST_GATEWAY] : [])]);
  const network = { ...found, extraHosts: [...extraHosts] };
  const { NCPU: cpus } = (await client.info()) as { NCPU: number };
  const metadata = await MetadataEndpoint.open(network.program.listen, network.program.reachedAs);
  const warn = options.warn ?? (() => undefined);
  const world: DockerTaskWorld = {
    client,
    cpus,
    network,
    metadata,
    findLogin: options.findLogin ?? (() => Promise.resolve(undefined)),
    mirrors: options.mirrors ?? [],
    stepMounts: options.stepMounts ?? [],
    ownContainer: own?.id,
    warn,
    warnUnprotected: once((why) => warn(unprotected(why))),
  };
  return new ContainersOnDocker(world, own, options);
}

function once(tell: (why: string) => void): (why: string) => void {
  let isTold = false;
  return (why) => {
    if (!isTold) tell(why);
    isTold = true;
  };
}

const unprotected = (why: string): string =>
  `the Docker engine refuses to mount the hosts and resolver files of a task read-only (${why}), so steps run without that: ` +
  'one that is root can tell the step-runner of its own job another address of the instance';

class ContainersOnDocker implements DockerEngine {
  readonly name = 'docker';
  readonly description: string;
  readonly program: DockerEngine['program'];
  readonly ownContainer: DockerEngine['ownContainer'];
  readonly #world: DockerTaskWorld;
  readonly #keep: NonNullable<DockerEngineOptions['keepWorkspace']>;
  readonly #book: TaskBook;

  constructor(world: DockerTaskWorld, ownContainer: OwnContainer | undefined, options: DockerEngineOptions) {
    this.#world = world;
    this.#keep = options.keepWorkspace ?? (() => undefined);
    this.#book = new TaskBook(`${options.namePrefix ?? 'sourcegraph-executor'}-${randomBytes(4).toString('hex')}`);
    this.program = world.network.program;
    this.ownContainer = ownContainer;
    const shared = world.network.name === 'host' ? "and share this machine's network" : 'on a network of their own';
    this.description = `Steps run in containers of this machine's Docker engine, ${shared}; they share its kernel.`;
  }

  start(wish: StartTask): Promise<StartAnswer> {
    const { definition, startedBy, runnerEnvironment, registryAuths = {} } = wish;
    const order = startOrder(definition);
    if ('impossible' in order) return Promise.resolve({ kind: 'rejected', message: order.impossible });
    const jobs = registryLogins(registryAuths);
    if (jobs.kind === 'unreadable') return Promise.resolve({ kind: 'rejected', message: unreadable(jobs.registry) });
    const findLogin = Object.keys(registryAuths).length > 0 ? jobs.find : this.#world.findLogin;
    const runner = order.find(({ name }) => name === RUNNER_CONTAINER);
    const task = this.#book.start({
      startedBy,
      stopTimeoutMs: (runner?.stopTimeoutSeconds ?? 0) * 1000,
      launch: (name, signal) =>
        startDockerTask(this.#world, { task: name, definition, order, runnerEnvironment, findLogin }, signal),
      cleanUp: (stopped) => this.#cleanUp(stopped),
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
    const { client, ownContainer } = this.#world;
    const filters = { label: [TASK_LABEL] };
    const containers = await client.listContainers({ all: true, filters });
    const { Volumes } = (await client.listVolumes({ filters })) as {
      Volumes: { Labels: Record<string, string> }[] | null;
    };
    const orphans = new Set<string>();
    for (const { Labels } of [...containers, ...(Volumes ?? [])]) {
      const task = Labels[TASK_LABEL];
      if (task !== undefined && !orphans.has(task) && (await isOrphaned(Labels, ownContainer, this.#runs)))
        orphans.add(task);
    }
    for (const task of orphans) await removeDockerTask(client, task, TASK_LABEL);
    return orphans.size;
  }

  async close(): Promise<void> {
    await this.#book.close();
    await this.#world.metadata.close();
  }

  readonly #runs = async (container: string): Promise<boolean> => {
    try {
      return (await this.#world.client.getContainer(container).inspect()).State.Running;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  };

  async #cleanUp(stopped: TaskStopped): Promise<void> {
    const { client, warn } = this.#world;
    const { task } = stopped;
    const folder = this.#keep(stopped);
    if (folder !== undefined)
      await keepWorkspace(client, task, folder).catch((error: unknown) =>
        warn(`the workspace of ${task} cannot be kept: ${messageOf(error)}`),
      );
    await removeDockerTask(client, task, TASK_LABEL).catch((error: unknown) =>
      warn(`the containers of ${task} cannot be removed: ${messageOf(error)}`),
    );
  }
}

const unreadable = (registry: string): string =>
  `the job's login for the registry ${registry} is not base64 of user:password; correct DOCKER_AUTH_CONFIG among the secrets of Sourcegraph`;
