// From a task definition to what carries it out here, or why this engine cannot.
import type { StartTask } from '#local/engines/engine.ts';
import { startOrder } from '#local/engines/start-order.ts';
import type { ContainerProcess } from './task-processes.ts';

export interface TaskHere {
  readonly runnerEnvironment: Readonly<Record<string, string>>;
  readonly stopTimeoutMs: number;
  /** Step containers in the order to start them. */
  readonly containers: readonly ContainerProcess[];
}

export function taskHere({ definition, runnerEnvironment }: StartTask): TaskHere | { readonly impossible: string } {
  const ordered = startOrder(definition);
  if ('impossible' in ordered) return ordered;
  const [runner, ...others] = ordered;
  const containers: ContainerProcess[] = [];
  for (const { name, environment, entryPoint, command } of others) {
    if (entryPoint === undefined)
      return { impossible: `container ${name} has no entry point of its own, and there are no images here` };
    containers.push({ name, command: [...entryPoint, ...(command ?? [])], environment });
  }
  return {
    runnerEnvironment: { ...runner.environment, ...runnerEnvironment },
    stopTimeoutMs: runner.stopTimeoutSeconds * 1000,
    containers,
  };
}
