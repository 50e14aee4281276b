// What the ECS double needs from outside: time, chance, and something that carries out its tasks.
import type { Registered } from './definitions.ts';

export interface EcsWorld {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string;
  after(ms: number, act: () => void): void;
}

export interface EndedContainer {
  readonly name: string;
  readonly exitCode?: number;
  readonly reason?: string;
}

export interface CarriedTask {
  readonly arn: string;
  readonly definition: Registered;
  readonly startedBy: string;
  /** Environment of each container by its name, from the overrides. */
  readonly environment: Readonly<Record<string, Readonly<Record<string, string>>>>;
  running(): void;
  /** Once, when nothing of it runs any more. */
  ended(containers: readonly EndedContainer[]): void;
}

export interface Carrier {
  start(task: CarriedTask): void;
  /** SIGTERM, and SIGKILL after the stop time-out; `ended` follows. */
  stop(arn: string): void;
}

/** Tasks that do nothing and run until they are stopped. */
export function idleCarrier(): Carrier {
  const running = new Map<string, CarriedTask>();
  return {
    start: (task) => {
      running.set(task.arn, task);
      task.running();
    },
    stop: (arn) => {
      const task = running.get(arn);
      running.delete(arn);
      task?.ended(task.definition.containerDefinitions.map(({ name }) => ({ name, exitCode: 143 })));
    },
  };
}
