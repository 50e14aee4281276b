// One task as containers of a Docker engine: started in ECS's order, ended in ECS's order, described in ECS's words.
import type Docker from 'dockerode';
import type { ContainerDefinition, TaskDefinition } from '#jobs/task-definition.ts';
import type { StoppedContainer } from '#jobs/task-stopped.ts';
import type { RunningTask, TaskEnd } from '#local/engines/running-task.ts';
import { containerSettings, volumeName } from './container-settings.ts';
import { type DockerClient, messageOf, unlessGone } from './docker-client.ts';
import { ensureImage, type FindLogin } from './images.ts';
import { taskLabels } from './labels.ts';
import type { MetadataEndpoint } from './metadata-endpoint.ts';
import type { TaskNetwork } from './network.ts';

export interface DockerTaskWorld {
  readonly client: DockerClient;
  readonly cpus: number;
  readonly network: TaskNetwork;
  readonly metadata: MetadataEndpoint;
  readonly findLogin: FindLogin;
}

export interface DockerTaskWish {
  readonly task: string;
  readonly definition: TaskDefinition;
  /** The step-runner first. */
  readonly order: readonly [ContainerDefinition, ...ContainerDefinition[]];
  readonly runnerEnvironment: Readonly<Record<string, string>>;
}

interface Started {
  readonly definition: ContainerDefinition;
  readonly container: Docker.Container;
  /** Why it could not be started; the others run on without it. */
  failure?: string;
}

/** As ECS says it of a container that the kernel's OOM killer ended. */
const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

/** Pulls, creates and starts; rejects in ECS's words when the step-runner cannot be started, or when aborted. */
export async function startDockerTask(
  world: DockerTaskWorld,
  wish: DockerTaskWish,
  signal: AbortSignal,
): Promise<RunningTask> {
  const { client, findLogin } = world;
  const { task, definition, order } = wish;
  const images = new Set(order.map(({ image }) => image));
  await Promise.all([...images].map((image) => ensureImage(client, image, definition, findLogin, signal)));
  await Promise.all(
    definition.volumes.map((volume) =>
      client.createVolume({ Name: volumeName(task, volume), Labels: taskLabels(task) }),
    ),
  );
  const all: Started[] = [];
  const metadata = world.metadata.add(() => Promise.all(all.map(describe)));
  try {
    const [runner, ...steps] = await createAll(world, wish, metadata.uri);
    all.push(runner, ...steps);
    await start(runner);
    if (runner.failure !== undefined) throw new Error(runner.failure);
    const ended = end(runner, steps, metadata.remove);
    for (const step of steps) void start(step);
    return { ended, terminate: () => terminate(runner, steps), kill: () => void unlessGone(runner.container.kill()) };
  } catch (error) {
    metadata.remove();
    throw error;
  }
}

async function createAll(
  world: DockerTaskWorld,
  wish: DockerTaskWish,
  metadataUri: string,
): Promise<readonly [Started, ...Started[]]> {
  const [runnerDefinition, ...stepDefinitions] = wish.order;
  const environment = { ...wish.runnerEnvironment, ECS_CONTAINER_METADATA_URI_V4: metadataUri };
  const runner = await create(world, wish, runnerDefinition, world.network.name, environment);
  const network = `container:${runner.container.id}`;
  return [runner, ...(await Promise.all(stepDefinitions.map((step) => create(world, wish, step, network, {}))))];
}

async function end(runner: Started, steps: readonly Started[], told: () => void): Promise<TaskEnd> {
  await runner.container.wait();
  await Promise.all(steps.map(({ container }) => unlessGone(container.kill())));
  told();
  return { containers: await Promise.all([runner, ...steps].map(stopped)) };
}

function terminate(runner: Started, steps: readonly Started[]): void {
  void unlessGone(runner.container.kill({ signal: 'SIGTERM' }));
  for (const { container, definition } of steps) void unlessGone(container.stop({ t: definition.stopTimeoutSeconds }));
}

async function create(
  { client, cpus, network }: DockerTaskWorld,
  { task, definition }: DockerTaskWish,
  container: ContainerDefinition,
  networkMode: string,
  environment: Readonly<Record<string, string>>,
): Promise<Started> {
  const { extraHosts } = network;
  const settings = containerSettings(container, {
    cpus,
    task,
    definition,
    network: networkMode,
    environment,
    extraHosts,
  });
  try {
    return { definition: container, container: await client.createContainer(settings) };
  } catch (error) {
    throw new Error(`CannotCreateContainerError: Error response from daemon: ${messageOf(error)}`);
  }
}

async function start(started: Started): Promise<void> {
  try {
    await started.container.start();
  } catch (error) {
    started.failure = `CannotStartContainerError: Error response from daemon: ${messageOf(error)}`;
  }
}

async function describe({ definition, container, failure }: Started): Promise<{
  readonly Name: string;
  readonly KnownStatus: 'RUNNING' | 'STOPPED';
  readonly ExitCode?: number;
}> {
  const { State } = await container.inspect();
  // `created`: not started yet, or, with a reason, never to be.
  if (State.Status === 'exited' || State.Status === 'dead')
    return { Name: definition.name, KnownStatus: 'STOPPED', ExitCode: State.ExitCode };
  return { Name: definition.name, KnownStatus: failure === undefined ? 'RUNNING' : 'STOPPED' };
}

async function stopped({ definition, container, failure }: Started): Promise<StoppedContainer> {
  const name = definition.name;
  if (failure !== undefined) return { name, reason: failure };
  const { State } = await container.inspect();
  if (State.Status === 'created') return { name };
  const reason = State.OOMKilled ? OUT_OF_MEMORY : await formatError(container, State.ExitCode);
  return { name, exitCode: State.ExitCode, ...(reason === undefined ? {} : { reason }) };
}

/** The engine starts a program of another architecture, and only its log says why that ended at once. */
async function formatError(container: Docker.Container, exitCode: number): Promise<string | undefined> {
  if (exitCode !== 1 && exitCode !== 255) return undefined;
  const log = await container.logs({ stderr: true, stdout: true, tail: 5 });
  return /[^\n]*exec format error/.exec(log.toString('latin1'))?.[0].replace(/^[^\x20-\x7e]+/, '');
}

/** Removes a task's containers and volumes, whatever state they are in. */
export async function removeDockerTask(client: DockerClient, task: string, label: string): Promise<void> {
  const filters = { label: [`${label}=${task}`] };
  const containers = await client.listContainers({ all: true, filters });
  await Promise.all(containers.map(({ Id }) => unlessGone(client.getContainer(Id).remove({ force: true, v: true }))));
  const { Volumes } = (await client.listVolumes({ filters })) as { Volumes: { Name: string }[] | null };
  await Promise.all((Volumes ?? []).map(({ Name }) => unlessGone(client.getVolume(Name).remove({ force: true }))));
}
