// Carries the ECS double's tasks on an engine of this machine, so that a real step-runner and real steps run.
import type { TaskDefinition } from '#jobs/task-definition.ts';
import { RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import type { Engine } from '#local/engines/engine.ts';
import type { Registered } from './definitions.ts';
import type { CarriedTask, Carrier } from './world.ts';

export function engineCarrier(engine: Engine): Carrier {
  const byArn = new Map<string, string>();
  const byTask = new Map<string, CarriedTask>();
  engine.onStopped((stopped) => byTask.get(stopped.task)?.ended(stopped.containers));
  const start = async (task: CarriedTask): Promise<void> => {
    const started = await engine.start({
      definition: taskDefinition(task.definition),
      startedBy: task.startedBy,
      runnerEnvironment: task.environment[RUNNER_CONTAINER] ?? {},
    });
    if (started.kind === 'rejected') {
      task.ended([{ name: RUNNER_CONTAINER, reason: `CannotStartContainerError: ${started.message}` }]);
      return;
    }
    byArn.set(task.arn, started.task);
    byTask.set(started.task, task);
    task.running();
  };
  return {
    start: (task) => void start(task),
    stop: (arn) => void engine.stop(byArn.get(arn) ?? '', 'StopTask'),
  };
}

function taskDefinition(registered: Registered): TaskDefinition {
  return {
    size: {
      cpuUnits: Number(registered.cpu),
      memoryMiB: Number(registered.memory),
      ephemeralStorageGiB: registered.ephemeralStorage?.sizeInGiB ?? 20,
    },
    architecture: registered.runtimePlatform?.cpuArchitecture ?? 'X86_64',
    volumes: registered.volumes.map(({ name }) => name),
    containers: registered.containerDefinitions.map((container) => ({
      name: container.name,
      image: container.image,
      essential: container.essential,
      ...(container.entryPoint === undefined ? {} : { entryPoint: container.entryPoint }),
      ...(container.command === undefined ? {} : { command: container.command }),
      environment: Object.fromEntries(container.environment.map(({ name, value }) => [name, value])),
      mountPoints: container.mountPoints.map(({ sourceVolume, containerPath }) => ({
        volume: sourceVolume,
        containerPath,
      })),
      dependsOnStart: container.dependsOn.map(({ containerName }) => containerName),
      ...(container.user === undefined ? {} : { user: container.user }),
      dropCapabilities: container.linuxParameters?.capabilities?.drop ?? [],
      readOnlyRoot: container.readonlyRootFilesystem,
      stopTimeoutSeconds: container.stopTimeout,
    })),
    registrySecrets: {},
  };
}
