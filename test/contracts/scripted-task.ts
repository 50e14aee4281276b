// A task whose step-runner and step containers are shell scripts: what the engines' contract runs.
import { fileURLToPath } from 'node:url';
import {
  type ContainerDefinition,
  controlPathInRunner,
  CONTROL_PATH_IN_STEPS,
  controlVolume,
  JOB_PATH,
  JOB_VOLUME,
  RUNNER_CONTAINER,
  type TaskDefinition,
} from '#jobs/task-definition.ts';
import type { StartTask } from '#local/engines/engine.ts';

/** The step-runner of an engine with images. */
const SCRIPTED_RUNNER = ['/bin/sh', '-c', 'eval "$TEST_SCRIPT"'];
/** What carries step-runners on the process engine. */
export const SCRIPTED_RUNNERS = [process.execPath, fileURLToPath(new URL('./scripted-runners.ts', import.meta.url))];

/** Sets `job`, wherever the engine puts it. */
const PLACES = `
job=/job
if [ "$EXECUTOR_TASK_ROOT" ]; then job=$EXECUTOR_TASK_ROOT/job; fi
if [ "$EXECUTOR_CONTROL" ]; then job=\${EXECUTOR_CONTROL%/control/*}/job; fi
wait_for() { until [ -e "$1" ]; do sleep 0.01; done; }
`;

export interface TaskScripts {
  readonly runner: string;
  readonly steps?: readonly string[];
  readonly stopTimeoutSeconds?: number;
}

export function scriptedTask(
  { runner, steps = [], stopTimeoutSeconds = 2 }: TaskScripts,
  image: string,
): Omit<StartTask, 'startedBy'> {
  const common = { image, environment: {}, dropCapabilities: [], stopTimeoutSeconds };
  const names = steps.map((_, index) => `step-${index}`);
  const job = { volume: JOB_VOLUME, containerPath: JOB_PATH };
  const control = (name: string, containerPath: string) => ({ volume: controlVolume(name), containerPath });
  const containers: ContainerDefinition[] = [
    {
      ...common,
      name: RUNNER_CONTAINER,
      essential: true,
      entryPoint: SCRIPTED_RUNNER,
      mountPoints: [job, ...names.map((name) => control(name, controlPathInRunner(name)))],
      dependsOnStart: [],
    },
    ...steps.map((script, index) => ({
      ...common,
      name: `step-${index}`,
      essential: false,
      entryPoint: ['/bin/sh', '-c', PLACES + script],
      environment: { OWN: `of step ${index}` },
      mountPoints: [job, control(`step-${index}`, CONTROL_PATH_IN_STEPS)],
      dependsOnStart: [RUNNER_CONTAINER],
    })),
  ];
  const definition: TaskDefinition = {
    size: { cpuUnits: 256, memoryMiB: 512, ephemeralStorageGiB: 21 },
    architecture: process.arch === 'arm64' ? 'ARM64' : 'X86_64',
    volumes: [JOB_VOLUME, ...names.map(controlVolume)],
    containers,
    registrySecrets: {},
  };
  return { definition, runnerEnvironment: { TEST_SCRIPT: PLACES + runner } };
}
