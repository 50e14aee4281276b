// The menu of faults, and which of them a seed serves. Swarm testing: each seed switches whole kinds off and weights the
// rest wildly, because a world in which everything fails at once never gets far enough to fail in an interesting way.
import type { Kernel } from './kernel.ts';

/** Probabilities: per call, per task, per message or per job, as each sentence says. */
export const FAULTS = {
  'sourcegraph-lost-request': { most: 0.15, sentence: 'a request to Sourcegraph never arrives, per call' },
  'sourcegraph-lost-answer': { most: 0.15, sentence: 'its answer is lost, per call' },
  'sourcegraph-slow': { most: 0.3, sentence: 'it answers after seconds, per call' },
  'sourcegraph-away': { most: 1, sentence: 'it is away for up to half an hour, per world' },
  'store-unavailable': { most: 0.05, sentence: 'a store fails before or after taking effect, per call' },
  'ecs-throttle': { most: 0.3, sentence: 'ECS throttles, per call' },
  'ecs-lost-answer': { most: 0.2, sentence: 'the answer of ECS is lost, per call' },
  'ecs-no-capacity': { most: 0.5, sentence: 'a launch finds no capacity, per launch' },
  'ecs-start-failure': { most: 0.3, sentence: 'a task fails to start, per task' },
  'ecs-spot-loss': { most: 0.3, sentence: 'Spot takes a task, per task' },
  'ecs-host-loss': { most: 0.2, sentence: 'the host of a task dies without a word, per task' },
  'ecs-stuck': { most: 0.1, sentence: 'a task whose runner has ended is shown as RUNNING for ten minutes, per task' },
  'ecs-definition-gone': { most: 0.1, sentence: 'the task definition has become inactive, per launch' },
  'event-lost': { most: 0.5, sentence: 'the stopped event is lost, per task' },
  'event-late': { most: 0.5, sentence: 'it comes minutes late, per task' },
  'message-twice': { most: 0.5, sentence: 'a message is delivered twice, per message' },
  'message-late': { most: 0.5, sentence: 'it is delivered minutes late and so out of order, per message' },
  'result-lost': { most: 0.3, sentence: 'the runner cannot put its result, per task' },
  'result-forged': { most: 0.3, sentence: 'a step puts a result of its own that nobody can read, per task' },
  'runner-crash': { most: 0.2, sentence: 'the step-runner crashes, per task' },
  'dispatcher-crash': { most: 1, sentence: 'dispatchers die at any await' },
  'schedule-missed': { most: 0.4, sentence: 'a scheduled invocation does not come, per minute' },
  'completion-crash': { most: 0.2, sentence: 'completion dies at any await, per message' },
  'poisonous-job': { most: 0.1, sentence: 'the executor throws over a job at every tick, per job' },
} as const satisfies Record<string, { most: number; sentence: string }>;

export type FaultName = keyof typeof FAULTS;
export type Menu = Readonly<Partial<Record<FaultName, number>>>;

const NAMES = Object.keys(FAULTS) as readonly FaultName[];

/** A third of the seeds have one kind of fault alone, for what is promised under any single one; a few have none. */
export function drawMenu(kernel: Kernel): Menu {
  const style = kernel.between(0, 12);
  if (style === 0) return {};
  if (style <= 4) {
    const name = kernel.pick(NAMES);
    return { [name]: FAULTS[name].most * (0.2 + 0.8 * kernel.fraction()) };
  }
  const served: Partial<Record<FaultName, number>> = {};
  for (const name of NAMES) {
    if (!kernel.chance(0.35)) continue;
    // Squared: most weights are small, a few near the most.
    served[name] = FAULTS[name].most * kernel.fraction() ** 2;
  }
  return served;
}

/** The faults as they are now; all of them end when the liveness phase begins. */
export class Faults {
  private readonly kernel: Kernel;
  readonly menu: Menu;
  over = false;

  constructor(kernel: Kernel, menu: Menu) {
    this.kernel = kernel;
    this.menu = menu;
  }

  strikes(name: FaultName): boolean {
    return !this.over && this.kernel.chance(this.menu[name] ?? 0);
  }

  weight(name: FaultName): number {
    return this.over ? 0 : (this.menu[name] ?? 0);
  }

  get single(): boolean {
    return Object.keys(this.menu).length <= 1;
  }
}
