// One task as containers of a Docker engine: started in ECS's order, ended in ECS's order, described in ECS's words.
import type Docker from 'dockerode';
import type { ContainerDefinition, TaskDefinition } from '#jobs/task-definition.ts';
import type { StoppedContainer } from '#jobs/task-stopped.ts';
import type { RunningTask, TaskEnd } from '#local/engines/running-task.ts';
import type { Mount } from '#settings/mounts.ts';
import { type ContainerPlace, containerSettings, volumeName } from './container-settings.ts';
import { type DockerClient, messageOf, unlessGone } from './docker-client.ts';
import { ensureImage } from './images.ts';
import { taskLabels } from './labels.ts';
import type { MetadataEndpoint } from './metadata-endpoint.ts';
import type { TaskNetwork } from './network.ts';
import type { FindLogin } from './registry-logins.ts';

export interface DockerTaskWorld {
  readonly client: DockerClient;
  readonly cpus: number;
  readonly network: TaskNetwork;
  readonly metadata: MetadataEndpoint;
  /** The executor's own logins. */
  readonly findLogin: FindLogin;
  readonly mirrors: readonly string[];
  readonly stepMounts: readonly Mount[];
  /** The container that this program is. */
  readonly ownContainer: string | undefined;
  /** Told what could not be done and holds nobody up. */
  readonly warn: (message: string) => void;
  /** Told, as often as it happens, that steps can change the hosts file of their step-runner, and why. */
  readonly warnUnprotected: (why: string) => void;
}

export interface DockerTaskWish {
  readonly task: string;
  readonly definition: TaskDefinition;
  /** The step-runner first. */
  readonly order: readonly [ContainerDefinition, ...ContainerDefinition[]];
  readonly runnerEnvironment: Readonly<Record<string, string>>;
  /** For the images of steps; that of the step-runner is the executor's own business. */
  readonly findLogin: FindLogin;
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
  const { client } = world;
  const { task, definition } = wish;
  const images = await ensureImages(world, wish, signal);
  const labels = taskLabels(task, world.ownContainer);
  await Promise.all(
    definition.volumes.map((volume) => client.createVolume({ Name: volumeName(task, volume), Labels: labels })),
  );
  const all: Started[] = [];
  const metadata = world.metadata.add(() => Promise.all(all.map(describe)));
  try {
    const make = maker(world, wish, images);
    const [runnerDefinition, ...stepDefinitions] = wish.order;
    const runner = await make(runnerDefinition, {
      network: world.network.name,
      environment: { ...wish.runnerEnvironment, ECS_CONTAINER_METADATA_URI_V4: metadata.uri },
    });
    all.push(runner);
    await start(runner);
    if (runner.failure !== undefined) throw new Error(runner.failure);
    const shared = { network: `container:${runner.container.id}`, readOnlyFiles: await networkFiles(runner.container) };
    const steps = await Promise.all(stepDefinitions.map((step) => make(step, { ...shared, environment: {} })));
    all.push(...steps);
    const ended = end(runner, steps).finally(metadata.remove);
    startInOrder(runner, steps);
    const attempt = (call: Promise<unknown>): void => void unlessGone(call).catch(unstoppable(world, task));
    return {
      ended,
      terminate: () => terminate(runner, steps, attempt),
      kill: () => attempt(runner.container.kill()),
    };
  } catch (error) {
    metadata.remove();
    throw error;
  }
}

/** By the name in the definition, the name by which the engine has it. */
async function ensureImages(
  { client, mirrors, findLogin }: DockerTaskWorld,
  { definition, order, findLogin: findStepLogin }: DockerTaskWish,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const source = { client, architecture: definition.architecture, mirrors, signal };
  const [runner, ...steps] = order;
  const wanted = new Map(steps.map(({ image }) => [image, findStepLogin]));
  wanted.set(runner.image, findLogin);
  const found = [...wanted].map(async ([image, logins]): Promise<[string, string]> => {
    return [image, await ensureImage(image, { ...source, findLogin: logins })];
  });
  return new Map(await Promise.all(found));
}

type OwnPlace = Pick<ContainerPlace, 'network' | 'environment' | 'readOnlyFiles'>;

const maker =
  (world: DockerTaskWorld, wish: DockerTaskWish, images: ReadonlyMap<string, string>) =>
  (container: ContainerDefinition, place: OwnPlace): Promise<Started> =>
    create(world, wish, container, { ...place, image: images.get(container.image) ?? container.image });

/**
 * Containers that share a network namespace share these files of the engine's too, for writing: a step that is root could
 * tell the step-runner where the instance is. Known only once the step-runner runs.
 */
async function networkFiles(runner: Docker.Container): Promise<NonNullable<OwnPlace['readOnlyFiles']>> {
  const { HostsPath, ResolvConfPath, HostnamePath } = await runner.inspect();
  const files = { '/etc/hosts': HostsPath, '/etc/resolv.conf': ResolvConfPath, '/etc/hostname': HostnamePath };
  return new Map(Object.entries(files).filter(([, source]) => source !== ''));
}

/** Each after those it depends on, which come before it in the order. */
function startInOrder(runner: Started, steps: readonly Started[]): void {
  const started = new Map<string, Promise<void>>([[runner.definition.name, Promise.resolve()]]);
  for (const step of steps) {
    const before = step.definition.dependsOnStart.map((name) => started.get(name) ?? Promise.resolve());
    started.set(
      step.definition.name,
      Promise.all(before).then(() => start(step)),
    );
  }
}

/** An engine that goes away takes its containers along, or leaves them to be found by the next start of this program. */
async function end(runner: Started, steps: readonly Started[]): Promise<TaskEnd> {
  try {
    await runner.container.wait();
    await Promise.all(steps.map(({ container }) => unlessGone(container.kill())));
    return { containers: await Promise.all([runner, ...steps].map(stopped)) };
  } catch (error) {
    return { containers: [], failure: `CannotInspectContainerError: Error response from daemon: ${messageOf(error)}` };
  }
}

function terminate(runner: Started, steps: readonly Started[], attempt: (call: Promise<unknown>) => void): void {
  attempt(runner.container.kill({ signal: 'SIGTERM' }));
  for (const { container, definition } of steps) attempt(container.stop({ t: definition.stopTimeoutSeconds }));
}

const unstoppable =
  ({ warn }: DockerTaskWorld, task: string) =>
  (error: unknown): void =>
    warn(`a container of ${task} cannot be stopped: ${messageOf(error)}`);

async function create(
  world: DockerTaskWorld,
  wish: DockerTaskWish,
  container: ContainerDefinition,
  place: OwnPlace & Pick<ContainerPlace, 'image'>,
): Promise<Started> {
  const { client, cpus, network, ownContainer, stepMounts } = world;
  const { task, definition } = wish;
  const settings = containerSettings(container, {
    ...place,
    cpus,
    task,
    definition,
    labels: taskLabels(task, ownContainer),
    extraHosts: network.extraHosts,
    stepMounts,
  });
  try {
    return { definition: container, container: await client.createContainer(settings) };
  } catch (error) {
    const message = messageOf(error);
    if (namesOneOf(place.readOnlyFiles, message)) {
      world.warnUnprotected(message);
      return create(world, wish, container, { ...place, readOnlyFiles: new Map() });
    }
    throw new Error(`CannotCreateContainerError: Error response from daemon: ${message}`);
  }
}

/** An engine in a virtual machine may lend its own files to nobody. A step cannot bring this about: it has not begun. */
const namesOneOf = (files: OwnPlace['readOnlyFiles'], message: string): boolean =>
  [...(files?.values() ?? [])].some((source) => message.includes(source));

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
