// A container of a task definition in the words of the Docker API.
import type Docker from 'dockerode';
import type { ContainerDefinition, TaskDefinition } from '#jobs/task-definition.ts';
import type { Mount } from '#settings/mounts.ts';
import { CONTAINER_LABEL } from './labels.ts';

const MIB = 1024 * 1024;
/** ECS: 1,024 units are one vCPU; Docker counts billionths. */
const NANO_CPUS_PER_UNIT = 1_000_000_000 / 1024;
/** A fork bomb ends at its own container. On Fargate the micro-VM is the fence. */
const PIDS_MAX = 4_096;
/** Only the engine's own words about a container that cannot run are of interest. */
const LOG = { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } };

export const volumeName = (task: string, volume: string): string => `${task}-${volume}`;

export interface ContainerPlace {
  /** CPUs of the engine: it refuses a limit above that. */
  readonly cpus: number;
  readonly task: string;
  readonly definition: TaskDefinition;
  /** The name by which the engine has the container's image. */
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Where its network comes from: a network of the engine, or `container:<id>` for the namespace of the step-runner. */
  readonly network: string;
  /** Beside the definition's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names by which the host is reached, `name:address`. */
  readonly extraHosts: readonly string[];
  /** Files of the engine's machine by where the container has them. */
  readonly readOnlyFiles?: ReadonlyMap<string, string>;
  /** Beside the definition's own, in step containers alone. */
  readonly stepMounts: readonly Mount[];
}

export function containerSettings(
  container: ContainerDefinition,
  place: ContainerPlace,
): Docker.ContainerCreateOptions {
  const { task, definition, network } = place;
  const memory = (container.memoryMiB ?? definition.size.memoryMiB) * MIB;
  const environment = { ...container.environment, ...place.environment };
  return {
    name: `${task}-${container.name}`,
    Image: place.image,
    ...(container.entryPoint === undefined ? {} : { Entrypoint: [...container.entryPoint] }),
    // An entry point of one's own and no command: the image's command would become its arguments.
    ...(container.command === undefined && container.entryPoint === undefined
      ? {}
      : { Cmd: [...(container.command ?? [])] }),
    ...(container.user === undefined ? {} : { User: container.user }),
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Labels: { ...place.labels, [CONTAINER_LABEL]: container.name },
    // As on ECS: the image's own check would be a process that comes back after every step.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: network,
      // The engine refuses them for a container that shares a network namespace.
      ...(network.startsWith('container:') ? {} : { ExtraHosts: [...place.extraHosts] }),
      Mounts: [
        ...container.mountPoints.map(({ volume, containerPath }) => ({
          Type: 'volume' as const,
          Source: volumeName(task, volume),
          Target: containerPath,
          // Only the step-runner's image may prepare a volume; a step's could plant files in it.
          VolumeOptions: { NoCopy: !container.essential, Labels: {}, DriverConfig: { Name: '', Options: {} } },
        })),
        ...[...(place.readOnlyFiles ?? [])].map(([target, source]) =>
          mountSettings({ type: 'bind', source, target, readOnly: true }),
        ),
        ...(container.essential ? [] : place.stepMounts.map(mountSettings)),
      ],
      ReadonlyRootfs: container.readOnlyRoot ?? false,
      CapDrop: [...container.dropCapabilities],
      Memory: memory,
      MemorySwap: memory,
      NanoCpus: Math.round(Math.min(definition.size.cpuUnits, place.cpus * 1024) * NANO_CPUS_PER_UNIT),
      PidsLimit: PIDS_MAX,
      // An init would keep the first environment readable.
      Init: false,
      LogConfig: LOG,
    },
  };
}

const mountSettings = ({ type, source, target, readOnly }: Mount): Docker.MountSettings => ({
  Type: type,
  Source: source ?? '',
  Target: target,
  ReadOnly: readOnly,
});
