// The shape of the task that carries one job, as ECS understands it: one essential step-runner and a waiting container
// for each step. Every engine runs this same definition: Fargate, Docker, Kubernetes, host processes.
// Limits (ECS): ten containers, 64 KiB a definition, container names of letters, digits, `_` and `-`.

/** The one essential container. */
export const RUNNER_CONTAINER = 'step-runner';

/** The volume that all containers share; holds the workspace. */
export const JOB_VOLUME = 'job';
export const JOB_PATH = '/job';

/** Version 1 batches jobs only: the repository in a volume of its own, since an ECS volume has no sub-path. */
export const REPOSITORY_VOLUME = 'repository';
export const REPOSITORY_PATH_IN_RUNNER = '/job/repository';
export const REPOSITORY_PATH_IN_STEPS = '/work';

/** The step-runner's alone: the rest of its file system cannot be written. */
export const RUNNER_TEMPORARY_VOLUME = 'runner-tmp';
export const RUNNER_TEMPORARY_PATH = '/tmp';

/** Each step container shares one small control volume with the runner and nobody else. */
export const CONTROL_PATH_IN_STEPS = '/control';
export const controlVolume = (container: string): string => `control-${container}`;
export const controlPathInRunner = (container: string): string => `/control/${container}`;

/**
 * Entry point of every step container: waits for the step-runner to have made the control volume ready (`command` is the
 * last thing it makes) and becomes the agent that it finds there. Builtins only: an image may hold nothing but a shell.
 */
export const STEP_ENTRY_POINT: readonly string[] = [
  '/bin/sh',
  '-c',
  'c=${EXECUTOR_CONTROL:-/control}; until [ -p "$c/command" ]; do [ -d "$c" ] || exit 1; done; set -- "$c"; . "$c/agent.sh"',
];
/** Where a step container's control volume is, when not at /control (host processes without a mount namespace). */
export const STEP_CONTROL_VARIABLE = 'EXECUTOR_CONTROL';

export interface MountPoint {
  readonly volume: string;
  readonly containerPath: string;
}

export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  /** Replaces the image's entry point; absent: the image's own. */
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly mountPoints: readonly MountPoint[];
  /** Names of containers that must have been started before. */
  readonly dependsOnStart: readonly string[];
  /** `uid[:gid]`; absent: the image's own user. */
  readonly user?: string;
  readonly dropCapabilities: readonly string[];
  /** Whether only its volumes can be written. @default false */
  readonly readOnlyRoot?: boolean;
  /** Seconds between SIGTERM and SIGKILL (Fargate: 2 to 120). */
  readonly stopTimeoutSeconds: number;
  /** Hard limit; absent: bounded by the task alone. */
  readonly memoryMiB?: number;
}

export interface TaskSize {
  /** 1,024 units are one vCPU. */
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** Fargate: 21 to 200. */
  readonly ephemeralStorageGiB: number;
}

export interface TaskDefinition {
  readonly size: TaskSize;
  readonly architecture: 'X86_64' | 'ARM64';
  readonly volumes: readonly string[];
  readonly containers: readonly ContainerDefinition[];
  /** How images are to be pulled: a registry secret by host, never a credential (`repositoryCredentials` of ECS). */
  readonly registrySecrets: Readonly<Record<string, string>>;
}
