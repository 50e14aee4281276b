// From a task definition to the processes that carry it out here, or why this engine cannot.
import { RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import type { StartTask } from '#local/engines/engine.ts';
import { startOrder } from '#local/engines/start-order.ts';
import type { ContainerProcess } from './task-processes.ts';

/** Containers in the order to start them. */
export function containerProcesses(
  { definition, runnerEnvironment }: StartTask,
  runnerCommand: readonly string[],
): readonly ContainerProcess[] | { readonly impossible: string } {
  const ordered = startOrder(definition);
  if ('impossible' in ordered) return ordered;
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
