// What tells the engine's own containers and volumes from everybody else's, and a dead program's from a living one's.
import { hostname } from 'node:os';
import { startOfProcess } from '#local/engines/this-process.ts';

const PREFIX = 'com.sourcegraph.executor';
export const TASK_LABEL = `${PREFIX}.task`;
export const CONTAINER_LABEL = `${PREFIX}.container`;
const HOST_LABEL = `${PREFIX}.host`;
const PROCESS_LABEL = `${PREFIX}.process`;
const OWNER_LABEL = `${PREFIX}.owner`;

const ownProcess = (): string => `${process.pid}-${startOfProcess(process.pid) ?? '0'}`;

/** `ownContainer`: the ID of the container that this program is, if it is one of the engine. */
export function taskLabels(task: string, ownContainer: string | undefined): Record<string, string> {
  return {
    [TASK_LABEL]: task,
    [HOST_LABEL]: hostname(),
    [PROCESS_LABEL]: ownProcess(),
    ...(ownContainer === undefined ? {} : { [OWNER_LABEL]: ownContainer }),
  };
}

/**
 * Whether the program that made something has died. A program in a container is judged by that container, which only its
 * engine knows; one that has been started anew since is judged by the process, which is then another. Of a program of
 * some other machine that uses this engine nobody knows: it counts as living.
 */
export async function isOrphaned(
  labels: Readonly<Record<string, string>>,
  ownContainer: string | undefined,
  runs: (container: string) => Promise<boolean>,
): Promise<boolean> {
  const host = labels[HOST_LABEL];
  const owner = labels[PROCESS_LABEL];
  if (host === undefined || owner === undefined) return false;
  const container = labels[OWNER_LABEL];
  if (container !== ownContainer) return container !== undefined && !(await runs(container));
  if (container === undefined && host !== hostname()) return false;
  const [pid, start] = owner.split('-');
  return startOfProcess(Number(pid)) !== start;
}
