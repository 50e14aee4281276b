// The menu of faults, and which of them a seed serves. Swarm testing: each seed switches whole kinds off and weights the
// rest wildly, because a world in which everything fails at once never gets far enough to fail in an interesting way.
import type { Kernel } from './kernel.ts';

/** Probabilities: per call, per task, per message or per job, as each sentence says. */
export const FAULTS = {
  // ---- Sourcegraph ----
  'sourcegraph-lost-request': { most: 0.15, sentence: 'a request to Sourcegraph never arrives, per call' },
  'sourcegraph-lost-answer': { most: 0.15, sentence: 'its answer is lost, per call' },
  'sourcegraph-half-answer': { most: 0.15, sentence: 'its answer breaks off in the middle, per call' },
  'sourcegraph-error': { most: 0.3, sentence: 'it answers 500, 503 or 429 and has done nothing, per call' },
  'sourcegraph-hang': { most: 0.15, sentence: 'it takes a request, may act on it, and never answers, per call' },
  'sourcegraph-slow': { most: 0.3, sentence: 'it answers after seconds, per call' },
  'sourcegraph-restarts': { most: 1, sentence: 'it restarts thrice and refuses connections for seconds, per world' },
  'sourcegraph-away': { most: 1, sentence: 'it is away for up to half an hour, per world' },
  'sourcegraph-forgets': { most: 0.02, sentence: 'a heartbeat answer leaves out a job that is ours, per job' },
  'mark-refused': { most: 0.8, sentence: 'it, or a proxy before it, refuses a mark with 403 or 413, per mark' },
  'token-rotated': {
    most: 1,
    sentence: 'the executor token is changed, and the secret follows minutes later, per world',
  },
  // ---- our stores ----
  'store-unavailable': { most: 0.05, sentence: 'a store fails before or after taking effect, per call' },
  'store-away': { most: 1, sentence: 'nobody can speak to table and bucket for up to two minutes, per world' },
  'store-throttled': { most: 0.15, sentence: 'a store refuses a call for its rate, per call' },
  'store-false-stale': { most: 0.1, sentence: 'a conditional write is made twice, and hears of its own, per write' },
  // ---- ECS ----
  'ecs-throttle': { most: 0.3, sentence: 'ECS throttles, per call' },
  'ecs-away': { most: 1, sentence: 'its API is away for up to 25 minutes while tasks run on, per world' },
  'ecs-busy-account': { most: 1, sentence: "others use up most of the account's calls to ECS, per world" },
  'ecs-slow-launches': { most: 1, sentence: 'the region launches 5 tasks a second and no more, per world' },
  'ecs-lost-answer': { most: 0.2, sentence: 'the answer of ECS is lost, per call' },
  'ecs-half-answer': { most: 0.2, sentence: 'it is cut off, empty, or a 500 after the task was made, per call' },
  'ecs-not-visible': { most: 0.5, sentence: 'a new task is not shown for up to a minute, per task' },
  'ecs-no-capacity': { most: 0.5, sentence: 'a launch finds no capacity, per launch' },
  'ecs-quota': { most: 1, sentence: 'the vCPU quota is smaller than the limit on jobs, per world' },
  'ecs-slow-start': { most: 0.5, sentence: 'a task is PENDING for minutes, per task' },
  'ecs-start-failure': { most: 0.3, sentence: 'a task fails to start, per task' },
  'ecs-image-missing': { most: 0.2, sentence: 'an image of the job does not exist, per task' },
  'ecs-spot-loss': { most: 0.3, sentence: 'Spot takes a task, per task' },
  'ecs-host-loss': { most: 0.2, sentence: 'the host of a task dies without a word, per task' },
  'ecs-stuck': {
    most: 0.1,
    sentence: 'a task whose runner has ended is shown as RUNNING for up to 40 minutes, per task',
  },
  'ecs-definition-gone': { most: 0.1, sentence: 'the task definition has become inactive, per launch' },
  // ---- events and messages ----
  'event-lost': { most: 0.5, sentence: 'the stopped event is lost, per task' },
  'event-late': { most: 0.5, sentence: 'it comes minutes late, per task' },
  'message-twice': { most: 0.5, sentence: 'a message is delivered twice, per message' },
  'message-late': { most: 0.5, sentence: 'it is delivered minutes late and so out of order, per message' },
  'result-notice-late': { most: 1, sentence: 'S3 tells of a result minutes after it was put, per result' },
  // ---- the step-runner ----
  'result-lost': { most: 0.3, sentence: 'the runner cannot put its result, per task' },
  'result-forged': { most: 0.3, sentence: "a step puts a result: unreadable, stale, or another job's, per task" },
  'runner-crash': { most: 0.2, sentence: 'the step-runner crashes, per task' },
  'runner-oom': { most: 0.1, sentence: 'the kernel kills the step-runner for memory, per task' },
  'step-oom': { most: 0.1, sentence: 'the kernel kills a step container for memory, per task' },
  'runner-cut-off': { most: 0.3, sentence: 'the network of a task is gone for minutes, per task' },
  // ---- our Lambdas ----
  'dispatcher-crash': { most: 1, sentence: 'dispatchers die at any await' },
  'dispatcher-freeze': { most: 1, sentence: 'dispatchers stand still for up to 20 s at any await, and go on' },
  'schedule-missed': { most: 0.4, sentence: 'a scheduled invocation does not come, per minute' },
  'schedule-late': { most: 0.5, sentence: 'it comes up to a minute late, per minute' },
  'schedule-stops': { most: 1, sentence: 'no invocation comes for up to ten minutes, so nobody stands by, per world' },
  'stand-by-lost': { most: 1, sentence: 'a stand-by that a dispatcher starts is refused or never comes, per call' },
  'completion-crash': { most: 0.2, sentence: 'completion dies at any await, per message' },
  'next-version': { most: 1, sentence: 'half of the invocations and runners are of the next version of the code' },
  'too-new-records': { most: 1, sentence: 'half of the invocations cannot read what the other half writes' },
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
    if (!kernel.chance(0.25)) continue;
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
  /** How often each has struck. */
  readonly struck = new Map<FaultName, number>();

  constructor(kernel: Kernel, menu: Menu) {
    this.kernel = kernel;
    this.menu = menu;
  }

  strikes(name: FaultName): boolean {
    const struck = !this.over && this.kernel.chance(this.menu[name] ?? 0);
    if (struck) this.count(name);
    return struck;
  }

  /** Of one whose chance is drawn elsewhere. */
  count(name: FaultName): void {
    this.struck.set(name, (this.struck.get(name) ?? 0) + 1);
  }

  weight(name: FaultName): number {
    return this.over ? 0 : (this.menu[name] ?? 0);
  }

  has(name: FaultName): boolean {
    return this.menu[name] !== undefined;
  }

  hasAny(names: readonly FaultName[]): boolean {
    return names.some((name) => this.has(name));
  }

  get single(): boolean {
    return Object.keys(this.menu).length <= 1;
  }
}
