// In which order an engine starts the containers of a task, and which tasks no engine here takes.
import { type ContainerDefinition, RUNNER_CONTAINER, type TaskDefinition } from '#jobs/task-definition.ts';

/** The step-runner, the one essential container, first of all; then each container after those it depends on. */
export function startOrder(
  definition: TaskDefinition,
): readonly [ContainerDefinition, ...ContainerDefinition[]] | { readonly impossible: string } {
  const [runner, ...others] = definition.containers.filter(({ essential }) => essential);
  if (runner?.name !== RUNNER_CONTAINER || others.length > 0 || runner.dependsOnStart.length > 0)
    return { impossible: `a task must have one essential container, ${RUNNER_CONTAINER}, which depends on no other` };
  const ordered: [ContainerDefinition, ...ContainerDefinition[]] = [runner];
  const waiting = definition.containers.filter((container) => container !== runner);
  while (waiting.length > 0) {
    const next = waiting.findIndex((container) =>
      container.dependsOnStart.every((name) => ordered.some((started) => started.name === name)),
    );
    if (next === -1)
      return { impossible: 'its containers depend on one another in a circle, or on one that is not there' };
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}
