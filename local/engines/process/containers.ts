// From a task definition to the processes that carry it out here, or why this engine cannot.
import { type ContainerDefinition, RUNNER_CONTAINER, type TaskDefinition } from '#jobs/task-definition.ts';
import type { StartTask } from '#local/engines/engine.ts';
import type { ContainerProcess } from './task-processes.ts';

/** Containers in the order to start them. */
export function containerProcesses(
  { definition, runnerEnvironment }: StartTask,
  runnerCommand: readonly string[],
): readonly ContainerProcess[] | { readonly impossible: string } {
  const other = definition.containers.find(({ name, essential }) => essential !== (name === RUNNER_CONTAINER));
  if (other !== undefined || definition.containers.every(({ name }) => name !== RUNNER_CONTAINER))
    return { impossible: `the process engine runs tasks whose one essential container is ${RUNNER_CONTAINER}` };
  const ordered = startOrder(definition);
  if (ordered === undefined)
    return { impossible: 'the containers depend on one another in a circle, or on none there is' };
  const processes: ContainerProcess[] = [];
  for (const { name, environment, entryPoint, command } of ordered) {
    if (name === RUNNER_CONTAINER) {
      processes.push({ name, command: runnerCommand, environment: { ...environment, ...runnerEnvironment } });
    } else if (entryPoint === undefined) {
      return { impossible: `container ${name} has no entry point of its own, and there are no images here` };
    } else {
      processes.push({ name, command: [...entryPoint, ...(command ?? [])], environment });
    }
  }
  return processes;
}

/** Each container after those it depends on; undefined when there is no such order. */
export function startOrder(definition: TaskDefinition): readonly ContainerDefinition[] | undefined {
  const ordered: ContainerDefinition[] = [];
  const waiting = [...definition.containers];
  while (waiting.length > 0) {
    const next = waiting.findIndex((container) =>
      container.dependsOnStart.every((name) => ordered.some((started) => started.name === name)),
    );
    if (next === -1) return undefined;
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}
