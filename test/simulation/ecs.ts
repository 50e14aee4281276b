// A simulated ECS with Fargate: tasks with their slow lives, client tokens, a vCPU quota, and the ways in which all of
// that fails (aws-facts, sections 1 to 4). It starts a simulated step-runner in each task that runs.
import { parseAttemptId } from '#jobs/keys.ts';
import { definitionHash } from '#jobs/step-containers.ts';
import { LIMITS } from '#jobs/limits.ts';
import type { DispatchOptions } from '#jobs/options.ts';
import { RUNNER_CONTAINER, type TaskDefinition } from '#jobs/task-definition.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import type { DefineAnswer, LaunchAnswer, LaunchRequest, Millis, RunningTask } from '#jobs/world.ts';
import { Rates } from '../doubles/ecs/rates.ts';
import type { Faults } from './faults.ts';
import { Incarnation } from './incarnation.ts';
import type { Kernel } from './kernel.ts';
import { type RunnerWorld, simulatedRunner } from './runner.ts';

export interface SimulatedTask {
  readonly arn: string;
  readonly request: LaunchRequest;
  readonly createdAt: Millis;
  status: 'PENDING' | 'RUNNING' | 'STOPPED';
  startedAt: Millis | undefined;
  /** When its containers had ended; STOPPED comes half a minute later. */
  runnerEndedAt: Millis | undefined;
  readonly terminated: AbortController;
  readonly life: Incarnation;
  stopping: boolean;
  stopped: TaskStopped | undefined;
  /** Neither listed nor described before then. */
  readonly shownFrom: Millis;
  /** The step container that the kernel killed for memory. */
  outOfMemory: string | undefined;
}

export interface EcsHooks {
  readonly runner: Omit<RunnerWorld, 'outOfMemory'>;
  stoppedEvent(stopped: TaskStopped): void;
  violation(text: string): void;
  /** Attempts that a job may have. */
  readonly attemptsMax: number;
  readonly spot: DispatchOptions['spot'];
  /** Seeded defect: the event of Spot's warning is taken for that of the end. */
  readonly spotWarningIsStop: boolean;
}

const START_FAILURES: readonly { readonly reason: string; readonly container?: string }[] = [
  { reason: 'Timeout waiting for network interface provisioning to complete.' },
  { reason: 'Timeout waiting for EphemeralStorage provisioning to complete.' },
  {
    reason: 'ResourceInitializationError: unable to pull secrets or registry auth: dial tcp 10.0.0.1:443: i/o timeout',
  },
  { reason: 'CannotPullContainerError: There is a connection issue between the task and the registry. i/o timeout' },
  { reason: 'Unexpected EC2 error while attempting to Create Network Interface: InsufficientFreeAddressesInSubnet' },
];

/** From the launch to RUNNING. */
const START = [4_000, 30_000] as const;
const SLOW_START = [60_000, 5 * 60_000] as const;

const IMAGE_MISSING =
  'CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref docker.io/library/nosuch:1: not found';
const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

/** What a client token stands for. */
interface Launched {
  readonly request: LaunchRequest;
  readonly answer: LaunchAnswer;
}

/** A stopped task is shown, and its client token known, for an hour. */
const REMEMBERED_MS = 3_600_000;

export class SimulatedEcs {
  private readonly kernel: Kernel;
  private readonly faults: Faults;
  private readonly hooks: EcsHooks;
  private readonly definitions = new Map<string, TaskDefinition>();
  private readonly byToken = new Map<string, Launched>();
  readonly tasks = new Map<string, SimulatedTask>();
  private readonly rates: Rates;
  /** Tasks at once; more are refused with the quota's text. */
  quota = Infinity;
  private readonly liveTasks = new Set<SimulatedTask>();
  /** Jobs of which a task has ended by the user's own fault. */
  private readonly hopeless = new Set<string>();
  private readonly spotLosses = new Map<string, number>();

  constructor(kernel: Kernel, faults: Faults, hooks: EcsHooks) {
    this.kernel = kernel;
    this.faults = faults;
    this.hooks = hooks;
    const share = faults.strikes('ecs-busy-account') ? 0.02 + 0.3 * kernel.fraction() : 1;
    const slow = faults.strikes('ecs-slow-launches');
    this.rates = new Rates(kernel.now, slow ? 'slow' : 'fast', share);
  }

  /** False: throttled. */
  mayCall(operation: string): boolean {
    return this.rates.take(operation, this.kernel.now);
  }

  define(definition: TaskDefinition): DefineAnswer {
    const hash = definitionHash(definition);
    this.definitions.set(hash, definition);
    return { kind: 'defined', definition: hash };
  }

  /** A worse sweeper than the real one: any definition may go, at any time that it is asked. */
  retireDefinition(): 'retired' | 'none' {
    const hashes = [...this.definitions.keys()];
    if (hashes.length === 0 || this.kernel.chance(0.5)) return 'none';
    this.definitions.delete(this.kernel.pick(hashes));
    return 'retired';
  }

  launch(request: LaunchRequest): LaunchAnswer {
    // Looked at before the token, so that a resend may be refused whose first send has made a task.
    if (!this.definitions.has(request.definition))
      return { kind: 'definition-gone', message: 'TaskDefinition not found.' };
    const known = this.byToken.get(request.clientToken);
    if (known !== undefined) {
      if (JSON.stringify(known.request) !== JSON.stringify(request)) {
        this.hooks.violation(`RunTask of ${request.attempt} was sent again with other parameters: ConflictException`);
      }
      return known.answer;
    }
    if (this.faults.strikes('ecs-definition-gone')) {
      this.definitions.delete(request.definition);
      return { kind: 'definition-gone', message: 'TaskDefinition is inactive' };
    }
    const refused = this.refusal();
    const answer = refused ?? { kind: 'started', task: this.create(request).arn };
    this.byToken.set(request.clientToken, { request, answer });
    if (refused !== undefined) this.kernel.after(REMEMBERED_MS, () => this.byToken.delete(request.clientToken));
    return answer;
  }

  /** Told in a good answer, and so the same for the same client token. */
  private refusal(): LaunchAnswer | undefined {
    if (this.liveTasks.size >= this.quota && !this.faults.over) {
      const message = 'You’ve reached the limit on the number of vCPUs you can run concurrently';
      return { kind: 'quota-reached', message };
    }
    if (!this.faults.strikes('ecs-no-capacity')) return undefined;
    const message = 'Capacity is unavailable at this time. Please try again later or in a different availability zone';
    return { kind: 'no-capacity', message };
  }

  stop(arn: string, why: string): 'stopping' | 'unknown' {
    const task = this.tasks.get(arn);
    if (task === undefined) return 'unknown';
    this.terminate(task, 'UserInitiated', why);
    return 'stopping';
  }

  list(): readonly RunningTask[] {
    return [...this.liveTasks].filter((task) => task.shownFrom <= this.kernel.now).map(shown);
  }

  describe(arns: readonly string[]): readonly RunningTask[] {
    return arns
      .map((arn) => this.tasks.get(arn))
      .filter((task) => task !== undefined)
      .filter((task) => task.shownFrom <= this.kernel.now)
      .map(shown);
  }

  live(): ReadonlySet<SimulatedTask> {
    return this.liveTasks;
  }

  private create(request: LaunchRequest): SimulatedTask {
    const arn = `task-${this.kernel.id().slice(0, 6)}`;
    this.mayBeLaunched(request);
    const task: SimulatedTask = {
      arn,
      request,
      createdAt: this.kernel.now,
      status: 'PENDING',
      startedAt: undefined,
      runnerEndedAt: undefined,
      terminated: new AbortController(),
      life: new Incarnation(this.kernel, `runner ${request.attempt}`),
      stopping: false,
      stopped: undefined,
      shownFrom: this.kernel.now + (this.faults.strikes('ecs-not-visible') ? this.kernel.between(2_000, 60_000) : 0),
      outOfMemory: undefined,
    };
    this.tasks.set(arn, task);
    this.liveTasks.add(task);
    this.kernel.note(`ecs makes ${arn} for ${request.attempt}`);
    if (this.faults.strikes('ecs-start-failure')) {
      const { reason } = this.kernel.pick(START_FAILURES);
      this.kernel.after(this.kernel.between(5_000, 90_000), () =>
        this.end(task, 'TaskFailedToStart', reason, undefined),
      );
    } else if (this.faults.strikes('ecs-image-missing')) {
      this.kernel.after(this.kernel.between(5_000, 40_000), () =>
        this.end(task, 'TaskFailedToStart', IMAGE_MISSING, undefined),
      );
    } else {
      const [least, most] = this.faults.strikes('ecs-slow-start') ? SLOW_START : START;
      this.kernel.after(this.kernel.between(least, most), () => this.start(task));
    }
    return task;
  }

  private mayBeLaunched({ attempt: name, capacity }: LaunchRequest): void {
    const attempt = parseAttemptId(name);
    if (attempt.kind === 'unknown') throw new Error(`a task with the name ${name}`);
    const { key, number } = attempt;
    const { spot } = this.hooks;
    // One more than the limit: of a loss that fell together with a stop of our own nobody can know.
    const lostOften = spot === 'with-fallback' && (this.spotLosses.get(key) ?? 0) > LIMITS.spotLosses;
    if (capacity === 'spot' && (spot === 'never' || lostOften)) {
      this.hooks.violation(`${name} is launched on Spot, which is to be used ${spot}`);
    }
    if (this.hopeless.has(key)) this.hooks.violation(`${name} is launched, and the failure before was the user's own`);
    const { attemptsMax } = this.hooks;
    if (number > attemptsMax) this.hooks.violation(`${name} is launched, and ${attemptsMax} attempts are allowed`);
  }

  private start(task: SimulatedTask): void {
    if (task.status !== 'PENDING' || task.stopping) return;
    task.status = 'RUNNING';
    task.startedAt = this.kernel.now;
    this.kernel.note(`ecs ${task.arn} RUNNING`);
    this.run(task).catch((error: unknown) => this.hooks.violation(`the step-runner threw: ${String(error)}`));
    if (this.faults.strikes('ecs-spot-loss')) {
      this.later(task, () => {
        this.terminate(task, 'SpotInterruption', 'Your Spot Task was interrupted.');
        if (this.hooks.spotWarningIsStop)
          this.hooks.stoppedEvent(stoppedOf(task, 'SpotInterruption', '', undefined, this.kernel.now));
      });
    }
    if (this.faults.strikes('ecs-host-loss')) this.later(task, () => this.loseHost(task));
    if (this.faults.strikes('runner-oom')) {
      this.later(task, () => {
        task.life.kill('the kernel kills the step-runner for memory');
        this.runnerEnded(task, 137);
      });
    }
    if (this.faults.strikes('runner-crash')) {
      this.later(task, () => {
        task.life.kill('the step-runner crashes');
        this.runnerEnded(task, 1);
      });
    }
  }

  private later(task: SimulatedTask, act: () => void): void {
    this.kernel.after(this.kernel.between(100, 60_000), () => {
      if (task.status === 'RUNNING' && task.life.alive && task.runnerEndedAt === undefined) act();
    });
  }

  private async run(task: SimulatedTask): Promise<void> {
    const outOfMemory = (container: string): void => {
      task.outOfMemory = container;
    };
    const exit = await simulatedRunner(
      { ...this.hooks.runner, outOfMemory },
      task.life,
      task.request.payloadUrl,
      task.terminated.signal,
    );
    this.runnerEnded(task, exit);
  }

  private runnerEnded(task: SimulatedTask, exit: number, stopCode?: string, reason?: string): void {
    if (task.runnerEndedAt !== undefined) return;
    task.runnerEndedAt = this.kernel.now;
    task.life.alive = false;
    this.kernel.note(`ecs ${task.arn} runner exit ${exit}`);
    const stuck = this.faults.strikes('ecs-stuck');
    const delay = stuck ? this.kernel.between(6 * 60_000, 40 * 60_000) : this.kernel.between(23_000, 33_000);
    const code = stopCode ?? 'EssentialContainerExited';
    this.kernel.after(delay, () => this.end(task, code, reason ?? 'Essential container in task exited', exit));
  }

  /** SIGTERM now, SIGKILL after the stop time-out. */
  private terminate(task: SimulatedTask, stopCode: string, reason: string): void {
    if (task.stopping || task.status === 'STOPPED') return;
    task.stopping = true;
    this.kernel.note(`ecs ${task.arn} is stopped: ${stopCode}`);
    if (task.status === 'PENDING') {
      this.kernel.after(this.kernel.between(1_000, 20_000), () => this.end(task, stopCode, reason, undefined));
      return;
    }
    task.terminated.abort();
    // The runner's own end is then told under this stop code.
    const watch = () => {
      if (task.status === 'STOPPED') return;
      if (task.runnerEndedAt === undefined) {
        task.life.kill('SIGKILL after the stop time-out');
        this.runnerEnded(task, 137, stopCode, reason);
      }
    };
    this.stopCodes.set(task, { stopCode, reason });
    this.kernel.after(120_000, watch);
  }

  private readonly stopCodes = new Map<SimulatedTask, { readonly stopCode: string; readonly reason: string }>();

  private loseHost(task: SimulatedTask): void {
    task.life.kill('its host is lost');
    task.runnerEndedAt = this.kernel.now;
    this.kernel.after(this.kernel.between(30_000, 180_000), () =>
      this.end(task, 'InfrastructureHealth', 'the host was unhealthy', undefined),
    );
  }

  private end(task: SimulatedTask, stopCode: string, reason: string, exit: number | undefined): void {
    if (task.status === 'STOPPED') return;
    task.status = 'STOPPED';
    task.life.alive = false;
    this.liveTasks.delete(task);
    this.kernel.after(REMEMBERED_MS, () => {
      this.tasks.delete(task.arn);
      this.byToken.delete(task.request.clientToken);
    });
    const asked = this.stopCodes.get(task);
    this.stopCodes.delete(task);
    task.stopped = stoppedOf(task, asked?.stopCode ?? stopCode, asked?.reason ?? reason, exit, this.kernel.now);
    const attempt = parseAttemptId(task.request.attempt);
    if (attempt.kind === 'attempt') {
      const { key } = attempt;
      if (task.outOfMemory !== undefined || reason === IMAGE_MISSING) this.hopeless.add(key);
      if (stopCode === 'SpotInterruption') this.spotLosses.set(key, (this.spotLosses.get(key) ?? 0) + 1);
    }
    this.kernel.note(`ecs ${task.arn} STOPPED ${task.stopped.stopCode ?? ''}`);
    if (!this.faults.strikes('event-lost')) this.hooks.stoppedEvent(task.stopped);
  }
}

function shown(task: SimulatedTask): RunningTask {
  return {
    task: task.arn,
    startedBy: task.request.attempt,
    status: task.status,
    ...(task.startedAt === undefined ? {} : { startedAt: task.startedAt }),
    ...(task.stopped === undefined ? {} : { stopped: task.stopped }),
  };
}

function stoppedOf(
  task: SimulatedTask,
  stopCode: string,
  stoppedReason: string,
  exit: number | undefined,
  now: Millis,
): TaskStopped {
  return {
    task: task.arn,
    attempt: task.request.attempt,
    stopCode,
    stoppedReason,
    containers: [
      { name: RUNNER_CONTAINER, ...(exit === undefined ? {} : { exitCode: exit }) },
      ...(task.outOfMemory === undefined ? [] : [{ name: task.outOfMemory, exitCode: 137, reason: OUT_OF_MEMORY }]),
    ],
    version: 5,
    createdAt: task.createdAt,
    ...(task.startedAt === undefined
      ? {}
      : { startedAt: task.startedAt, pullStartedAt: task.startedAt - 1_000, pullStoppedAt: task.startedAt }),
    stoppedAt: now,
    spot: task.request.capacity === 'spot',
  };
}
