// What tells the engine's own containers and volumes from everybody else's, and a dead program's from a living one's.
import { hostname } from 'node:os';
import { startOfProcess } from '#local/engines/this-process.ts';

const PREFIX = 'com.sourcegraph.executor';
export const TASK_LABEL = `${PREFIX}.task`;
export const CONTAINER_LABEL = `${PREFIX}.container`;
const HOST_LABEL = `${PREFIX}.host`;
const PROCESS_LABEL = `${PREFIX}.process`;

const ownProcess = (): string => `${process.pid}-${startOfProcess(process.pid) ?? '0'}`;

export function taskLabels(task: string): Record<string, string> {
  return { [TASK_LABEL]: task, [HOST_LABEL]: hostname(), [PROCESS_LABEL]: ownProcess() };
}

/**
 * Whether the program that made something has died. A program in a container has the container's ID as its host name, so
 * another host's program can be judged only when `isDeadContainer` knows that host as a container of this engine.
 */
export async function isOrphaned(
  labels: Readonly<Record<string, string>>,
  isDeadContainer: (host: string) => Promise<boolean>,
): Promise<boolean> {
  const host = labels[HOST_LABEL];
  const owner = labels[PROCESS_LABEL];
  if (host === undefined || owner === undefined) return false;
  if (host !== hostname()) return isDeadContainer(host);
  const [pid, start] = owner.split('-');
  return startOfProcess(Number(pid)) !== start;
}
