// A task definition as RegisterTaskDefinition takes it. Its family is named by all of its content, so that each family
// has one revision, an existing one can be adopted, and two registrations at once do no harm.
import { createHash } from 'node:crypto';
import type { ContainerDefinition as EcsContainer, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { type ContainerDefinition, RUNNER_CONTAINER, type TaskDefinition } from '#jobs/task-definition.ts';

export interface DefinitionOptions {
  /** Prefix of every family; permissions are bound to it. */
  readonly poolName: string;
  /** By this role ECS pulls images and writes logs; no container sees it. */
  readonly executionRoleArn: string;
  /** Usable by every step; none unless an operator has asked for it. */
  readonly stepRoleArn?: string;
  readonly region: string;
  /** The step-runner's own lines; steps have no log of AWS's, since theirs is unredacted. */
  readonly runnerLogGroup: string;
  readonly tags: Readonly<Record<string, string>>;
}

export type RegisterInput = RegisterTaskDefinitionCommandInput & { readonly family: string };

export function registerInput(definition: TaskDefinition, options: DefinitionOptions): RegisterInput {
  const content = {
    requiresCompatibilities: ['FARGATE' as const],
    networkMode: 'awsvpc' as const,
    cpu: String(definition.size.cpuUnits),
    memory: String(definition.size.memoryMiB),
    ephemeralStorage: { sizeInGiB: definition.size.ephemeralStorageGiB },
    runtimePlatform: { cpuArchitecture: definition.architecture, operatingSystemFamily: 'LINUX' as const },
    executionRoleArn: options.executionRoleArn,
    ...(options.stepRoleArn === undefined ? {} : { taskRoleArn: options.stepRoleArn }),
    volumes: definition.volumes.map((name) => ({ name })),
    containerDefinitions: definition.containers.map((container) =>
      ecsContainer(container, definition.registrySecrets, options),
    ),
  };
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32);
  return { family: `${options.poolName}-${hash}`, ...content, tags: ecsTags(options.tags) };
}

/** Whether a family is one of this pool's: pools may share a cluster, and one's name may begin with another's. */
export function isFamilyOf(poolName: string, family: string): boolean {
  return family.startsWith(`${poolName}-`) && /^[0-9a-f]{32}$/.test(family.slice(poolName.length + 1));
}

export function ecsTags(tags: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

function ecsContainer(
  container: ContainerDefinition,
  registrySecrets: Readonly<Record<string, string>>,
  options: DefinitionOptions,
): EcsContainer {
  const secret = registrySecrets[registryHost(container.image)];
  return {
    name: container.name,
    image: container.image,
    essential: container.essential,
    ...(container.entryPoint === undefined ? {} : { entryPoint: [...container.entryPoint] }),
    ...(container.command === undefined ? {} : { command: [...container.command] }),
    environment: Object.entries(container.environment).map(([name, value]) => ({ name, value })),
    mountPoints: container.mountPoints.map(({ volume, containerPath }) => ({ sourceVolume: volume, containerPath })),
    dependsOn: container.dependsOnStart.map((containerName) => ({ containerName, condition: 'START' as const })),
    ...(container.user === undefined ? {} : { user: container.user }),
    // An init process would keep the first environment readable, so there is none: the step agent is PID 1.
    linuxParameters: { capabilities: { drop: [...container.dropCapabilities] }, initProcessEnabled: false },
    ...(container.readOnlyRoot === true ? { readonlyRootFilesystem: true } : {}),
    stopTimeout: container.stopTimeoutSeconds,
    ...(container.memoryMiB === undefined ? {} : { memory: container.memoryMiB }),
    ...(secret === undefined ? {} : { repositoryCredentials: { credentialsParameter: secret } }),
    ...(container.name === RUNNER_CONTAINER ? { logConfiguration: runnerLog(options) } : {}),
  };
}

function runnerLog({ region, runnerLogGroup }: DefinitionOptions): EcsContainer['logConfiguration'] {
  return {
    logDriver: 'awslogs',
    options: {
      'awslogs-group': runnerLogGroup,
      'awslogs-region': region,
      'awslogs-stream-prefix': RUNNER_CONTAINER,
      // The log must never hold up the runner.
      mode: 'non-blocking',
      'max-buffer-size': '4m',
    },
  };
}

/** Docker Hub's images name no host. */
function registryHost(image: string): string {
  const [first = ''] = image.split('/');
  const namesHost = image.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  return namesHost ? first : 'docker.io';
}
