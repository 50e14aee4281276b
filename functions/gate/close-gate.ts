// Takes a pool out of work before its stack is deleted: no dispatcher launches any more, and every task has stopped. What
// CloudFormation would do by itself is to fail over the cluster, or to leave tasks running that nobody watches.
// Sourcegraph gives the jobs to other executors when their heartbeats have stayed away for 25 seconds.
import { LIMITS } from '#jobs/limits.ts';
import { type Lease, standing } from '#jobs/lease-rules.ts';
import type { Clock, Millis, RunningTask } from '#jobs/world.ts';
import type { ListedTasks } from '../aws/ecs-pool-tasks.ts';

export interface Gate {
  readonly clock: Clock;
  readonly lease: { close(): Promise<Lease> };
  readonly tasks: {
    listUnstopped(): Promise<ListedTasks>;
    stop(task: string, why: string): Promise<unknown>;
  };
}

export type Closed =
  | { readonly kind: 'closed'; readonly stopped: number }
  /** Some task still runs, or nobody can say. */
  | { readonly kind: 'not-closed'; readonly why: string };

const LOOK_MS = 5_000;
/** A dispatcher that is told to leave finishes the launches that it has begun. */
const LAST_LAUNCH_MS = LIMITS.callTimeoutMs + 10_000;

/** `until`: when to give up. */
export async function closeGate({ clock, lease, tasks }: Gate, until: Millis): Promise<Closed> {
  const { holder } = standing(await lease.close(), clock.now());
  const quietFrom = clock.now() + (holder === undefined ? 0 : LAST_LAUNCH_MS);
  const stopped = new Set<string>();
  let why = 'there was no time to look for tasks';
  while (clock.now() < until) {
    const found = await tasks.listUnstopped();
    if (found.kind === 'listed') {
      if (found.tasks.length === 0 && clock.now() >= quietFrom) return { kind: 'closed', stopped: stopped.size };
      for (const { task } of found.tasks) {
        // Again each time: a stop that was throttled is no stop.
        await tasks.stop(task, 'the executor is being deleted');
        stopped.add(task);
      }
      why = stillThere(found.tasks);
    } else {
      why = `ECS does not list the tasks of the pool: ${found.message}`;
    }
    await clock.sleep(LOOK_MS);
  }
  return { kind: 'not-closed', why };
}

function stillThere(tasks: readonly RunningTask[]): string {
  const shown = tasks.slice(0, 3).map(({ task }) => task);
  const more = tasks.length > shown.length ? ` and ${tasks.length - shown.length} more` : '';
  return `tasks have been told to stop and have not yet: ${shown.join(', ')}${more}; delete the stack again in a few minutes`;
}
