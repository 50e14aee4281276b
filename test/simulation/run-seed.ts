// One seed, one world: draws its options, lets faults rage while jobs come in (safety), then stops the faults and waits
// until all has come to rest (liveness). Everything that must hold is looked at on the way.
import { complete } from '#jobs/complete/complete.ts';
import { runInvocation } from '#jobs/dispatch/run-invocation.ts';
import type { DispatchOptions } from '#jobs/options.ts';
import type { MetricName } from '#jobs/metrics.ts';
import type { World } from '#jobs/world.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import { MemoryJobStore } from '#local/memory/job-store.ts';
import { MemoryLeaseStore } from '#local/memory/lease-store.ts';
import { SandboxRules } from '#local/sandbox/rules.ts';
import { Checkers, Violation } from './checkers.ts';
import { CountedPayloads } from './counted-payloads.ts';
import type { Defect } from './defects.ts';
import { SimulatedEcs } from './ecs.ts';
import { drawMenu, type FaultName, Faults, type Menu } from './faults.ts';
import { QUEUES } from './faulty-instance.ts';
import { type Cores, worldFor } from './faulty-world.ts';
import { Disturbances } from './disturbances.ts';
import { Incarnation } from './incarnation.ts';
import { EPOCH, Kernel } from './kernel.ts';
import { nextVersion, twoVersionsOlder } from './next-version.ts';
import { dispatchOptions } from './options.ts';
import { SimulatedQueue } from './queue.ts';
import { STORE_URL } from './runner-network.ts';
import { SourcegraphNetwork } from './sourcegraph-network.ts';
import { drawScript, LONG_LIMIT_MS, SHORT_LIMIT_MS, template } from './scripts.ts';

export interface SeedOptions {
  readonly seed: number;
  readonly jobs: number;
  readonly trace?: boolean;
  /** In place of the seed's own draw. */
  readonly menu?: Menu;
  readonly defect?: Defect;
}

export interface SeedReport {
  readonly seed: number;
  readonly fingerprint: string;
  readonly events: number;
  readonly simulatedMs: number;
  readonly menu: Menu;
  readonly ends: Readonly<Record<string, number>>;
  readonly heartbeatGapMax: number;
  readonly resets: number;
  /** Accepted by the instance. */
  readonly marks: number;
  readonly cpuSeconds: number;
  readonly metrics: ReadonlySet<MetricName>;
  /** How often each kind of fault struck. */
  readonly struck: ReadonlyMap<FaultName, number>;
  readonly violation: string | undefined;
  readonly trace: readonly string[];
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** From one crash to the next, where that is the only kind of fault. */
const ONE_FAULT_MS = 150_000;
/** From an asynchronous invocation to its first line of code, cold or warm. */
const LAMBDA_START_MS = [100, 4_000] as const;
/** Old messages that come again with those of the dead-letter queue. */
const REDRIVEN = 10;
/** After the last fault: the longest limits (launch, stop, stuck tasks) have long passed by then. */
const REST_MS = 150 * MINUTE;
/** What a job takes of its place beside the time of its steps: start and end. */
const PLACE_MS = 5 * MINUTE;

export async function runSeed(options: SeedOptions): Promise<SeedReport> {
  const before = process.threadCpuUsage();
  const world = new SimulatedWorld(options);
  let violation: string | undefined;
  try {
    await world.run();
  } catch (error) {
    violation =
      error instanceof Violation ? error.message : `crash: ${String(error instanceof Error ? error.stack : error)}`;
    world.kernel.note(`VIOLATION ${violation}`);
  }
  const { user, system } = process.threadCpuUsage(before);
  return world.report(violation, (user + system) / 1e6);
}

class SimulatedWorld {
  readonly kernel: Kernel;
  private readonly options: SeedOptions;
  private readonly faults: Faults;
  private readonly rules: SandboxRules;
  private readonly ecs: SimulatedEcs;
  private readonly queue: SimulatedQueue;
  private readonly checkers: Checkers;
  private readonly cores: Cores;
  private readonly payloads: CountedPayloads;
  private readonly dispatch: DispatchOptions;
  private readonly dispatchers = new Map<Incarnation, number>();
  private readonly metrics = new Set<MetricName>();
  private broken: Error | undefined;
  private readonly lambdaMs: number;
  private readonly network: SourcegraphNetwork;
  private readonly disturbances: Disturbances;
  private invocations = 0;
  private crashedAt = 0;
  /** Schedules have stopped; only what is redriven is still looked at. */
  private resting = false;
  private over = false;

  constructor(options: SeedOptions) {
    this.options = options;
    const kernel = new Kernel(options.seed, options.trace);
    this.kernel = kernel;
    const menu = options.menu ?? drawMenu(kernel);
    this.faults = new Faults(kernel, menu);
    const limit = kernel.between(2, 40);
    const quota = this.faults.strikes('ecs-quota') ? kernel.between(1, limit) : undefined;
    // Some accounts do not let us ask for their quota.
    const spot = kernel.pick(['never', 'always', 'with-fallback'] as const);
    const runtimeLimitMs = kernel.chance(0.1) ? LONG_LIMIT_MS : SHORT_LIMIT_MS;
    this.dispatch = dispatchOptions(limit, kernel.chance(0.5) ? quota : undefined, spot, runtimeLimitMs);
    // Short ones end while nobody stands by, which only several missed schedules can bring about.
    this.lambdaMs = this.faults.single ? 15 * MINUTE : kernel.pick([3 * MINUTE, 15 * MINUTE]);
    this.rules = new SandboxRules(
      { now: () => kernel.now, fraction: kernel.fraction, token: () => kernel.id() + kernel.id() },
      { queues: QUEUES },
    );
    this.payloads = new CountedPayloads({
      urls: { payload: (secret) => STORE_URL + secret, result: (secret) => STORE_URL + secret },
      secret: () => kernel.id(),
      onResult: (attempt) => this.queue.send({ kind: 'result-stored', attempt }),
    });
    this.network = new SourcegraphNetwork(kernel, this.faults);
    this.disturbances = new Disturbances(kernel, this.faults, this.network);
    const runner = {
      kernel,
      faults: this.faults,
      rules: this.rules,
      payloads: this.payloads,
      network: this.network,
      mistakenRoutes: options.defect?.logRoutes,
      mistakenPayload: options.defect?.payload,
    };
    this.ecs = new SimulatedEcs(kernel, this.faults, {
      runner,
      stoppedEvent: (stopped) => this.queueStopped(stopped),
      violation: (text) => this.break(new Violation(text)),
      spot: this.dispatch.spot,
      attemptsMax: this.dispatch.relaunchLimit + 1,
      spotWarningIsStop: options.defect?.spotWarningIsStop ?? false,
    });
    this.ecs.quota = quota ?? Infinity;
    this.checkers = new Checkers(kernel, this.faults, this.rules, this.ecs, this.dispatch, this.disturbances);
    this.queue = new SimulatedQueue(kernel, this.faults, {
      handle: (life, said) => {
        const message = options.defect?.hears === undefined ? said : options.defect.hears(said);
        if (message === undefined) return Promise.resolve({ kind: 'ignored', why: 'a seeded defect' });
        const world = this.versioned(worldFor(this.cores, life));
        return complete(options.defect?.completion?.(world, kernel) ?? world, this.mistaken(), message);
      },
      acknowledgesFirst: options.defect?.acknowledgesFirst ?? false,
    });
    this.cores = {
      kernel,
      faults: this.faults,
      rules: this.rules,
      jobs: new MemoryJobStore(),
      lease: new MemoryLeaseStore(),
      payloads: this.payloads,
      ecs: this.ecs,
      areStoresAway: () => !this.faults.over && kernel.now < this.disturbances.storeAwayUntil,
      isEcsAway: () => !this.faults.over && kernel.now < this.disturbances.ecsAwayUntil,
      network: this.network,
      send: (message) => this.queue.send(message),
      startStandBy: () => kernel.after(kernel.between(...LAMBDA_START_MS), () => this.invoke(true)),
      isPoisonous: (queue, jobId) => this.checkers.truthsOf(queue, jobId).truths.script.poisonous,
      heartbeatSent: (held) => this.guard(() => this.checkers.heartbeatSent(held)),
      dequeueLost: (queue, jobId) => this.checkers.dequeueLost(queue, jobId),
      jobRecorded: (queue, jobId) => this.checkers.jobRecorded(queue, jobId),
      recordChanges: (before, after) => this.guard(() => this.checkers.recordChanges(before, after)),
      forgotten: (queue, jobId) => this.checkers.forgotten(queue, jobId),
      markRefused: (queue, jobId) => this.checkers.markRefused(queue, jobId),
      beforeMark: (queue, jobId, token, outcome) =>
        this.guard(() => this.checkers.beforeMark(queue, jobId, token, outcome)),
      givenBack: (key) => this.checkers.givenBack(key),
      metric: (name) => this.metrics.add(name),
    };
    this.rules.onChange((job) => this.guard(() => this.checkers.jobChanged(job)));
  }

  /** A violation inside of a call must end the run, not become that call's exception. */
  private guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.break(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private break(error: Error): void {
    this.broken ??= error;
  }

  private queueStopped(stopped: TaskStopped): void {
    const late = this.faults.strikes('event-late');
    this.kernel.after(late ? this.kernel.between(10_000, 5 * MINUTE) : this.kernel.between(50, 800), () =>
      this.queue.send({ kind: 'task-stopped', stopped }),
    );
  }

  async run(): Promise<void> {
    const { kernel } = this;
    kernel.note(
      `seed ${this.options.seed}, ${this.options.jobs} jobs, limit ${this.dispatch.limit}, faults ${menuText(this.faults.menu)}`,
    );
    const lastJobAt = this.scheduleJobs();
    this.disturbances.schedule();
    this.everyMinute();
    this.everySecond();
    const calmAt = lastJobAt + kernel.between(2 * MINUTE, 10 * MINUTE);
    kernel.at(calmAt, () => {
      this.faults.over = true;
      kernel.note('the faults are over');
    });
    const { limit, runtimeLimitMs, vcpuLimit = Infinity } = this.dispatch;
    const restBy = calmAt + REST_MS + ((PLACE_MS + runtimeLimitMs) * this.options.jobs) / Math.min(limit, vcpuLimit);
    await kernel.run(() => {
      if (this.broken !== undefined) throw this.broken;
      if (kernel.now > restBy && !this.resting) {
        throw new Violation(`the world did not come to rest: ${this.pending().slice(0, 5).join('; ')}`);
      }
      return this.over;
    });
  }

  private pending(): readonly string[] {
    return [...this.checkers.pending(), ...(this.queue.pending > 0 ? [`${this.queue.pending} messages wait`] : [])];
  }

  private scheduleJobs(): number {
    const { kernel } = this;
    const burst = kernel.chance(0.4);
    const spread = burst ? 1_000 : this.options.jobs * kernel.between(500, 6_000);
    let last = kernel.now;
    for (let index = 0; index < this.options.jobs; index++) {
      const at = EPOCH + 1_000 + kernel.between(0, spread);
      last = Math.max(last, at);
      kernel.at(at, () => this.enqueue());
    }
    return last;
  }

  private enqueue(): void {
    const { kernel } = this;
    const script = drawScript(kernel, this.faults.strikes('poisonous-job'), this.dispatch.runtimeLimitMs);
    const job = this.rules.enqueue(kernel.pick(QUEUES), template(script));
    this.checkers.watch(job, script);
    kernel.note(`user queues ${job.queue}/${job.id}`);
    if (!kernel.chance(0.1)) return;
    kernel.after(kernel.between(0, 180_000), () => {
      if (job.state !== 'queued' && job.state !== 'processing') return;
      kernel.note(`user cancels ${job.queue}/${job.id}`);
      this.checkers.truthsOf(job.queue, job.id).truths.cancelledAt = kernel.now;
      this.rules.cancel(job.queue, job.id);
    });
  }

  private everyMinute(): void {
    const { kernel } = this;
    if (this.resting) return;
    const stopped = kernel.now < this.disturbances.noScheduleUntil && !this.faults.over;
    if (stopped || this.faults.strikes('schedule-missed')) kernel.note('a scheduled invocation does not come');
    else {
      const late = this.faults.strikes('schedule-late') ? kernel.between(5_000, 58_000) : kernel.between(0, 3_000);
      kernel.after(late, () => this.invoke());
    }
    kernel.after(MINUTE, () => this.everyMinute());
  }

  private invoke(startedToStandBy = false): void {
    const { kernel } = this;
    if (this.resting) return;
    this.invocations += 1;
    const name = `dispatcher ${this.invocations}`;
    const life = new Incarnation(kernel, name);
    this.dispatchers.set(life, kernel.now);
    life.onAnswer = (label) => this.maybeCrash(life, label);
    kernel.note(`${name} starts${startedToStandBy ? ' to stand by' : ''}`);
    const world = this.versioned(worldFor(this.cores, life));
    const mine = this.options.defect?.dispatcher?.(world, kernel) ?? world;
    const invocation = {
      id: name,
      until: kernel.now + this.lambdaMs - MINUTE / 2,
      whenIdle: 'return' as const,
      expectsStandBy: true,
      startedToStandBy,
    };
    void runInvocation(mine, this.mistaken(), invocation).then(
      (end) => {
        kernel.note(`${name} ends: ${end.kind}${end.kind === 'failed' ? ` (${end.message})` : ''}`);
        this.dispatchers.delete(life);
      },
      (error: unknown) => this.break(error instanceof Error ? error : new Error(String(error))),
    );
    // Lambda's own time-out.
    kernel.after(this.lambdaMs, () => {
      if (this.dispatchers.delete(life)) life.kill('time-out');
    });
  }

  /** The options, or what a seeded defect makes of them. */
  private mistaken(): DispatchOptions {
    return this.options.defect?.options?.(this.dispatch) ?? this.dispatch;
  }

  /** Of this version of the code or of the next one, while both run. */
  private versioned(world: World): World {
    const { kernel, faults } = this;
    if (faults.strikes('too-new-records')) return kernel.chance(0.5) ? nextVersion(world) : twoVersionsOlder(world);
    const next = kernel.chance(0.5) && faults.strikes('next-version');
    return next ? nextVersion(world) : world;
  }

  private maybeFreeze(life: Incarnation): void {
    const { kernel } = this;
    if (!kernel.chance(0.0015 * this.faults.weight('dispatcher-freeze'))) return;
    if (kernel.now - this.crashedAt < 60_000) return;
    if (this.faults.single && !this.hasStandBy(life)) return;
    this.crashedAt = kernel.now;
    this.faults.count('dispatcher-freeze');
    life.freeze(kernel.between(500, 20_000));
  }

  private maybeCrash(life: Incarnation, label: string): void {
    this.maybeFreeze(life);
    const weight = this.faults.weight('dispatcher-crash');
    if (weight === 0) return;
    const { kernel } = this;
    // Writes and launches are the worst moments, so they are chosen ten times as often.
    const worst = /^(change|create|launch|save|write|dequeue|start|stop)/.test(label) ? 10 : 1;
    if (!kernel.chance(0.0008 * weight * worst)) return;
    if (kernel.now - this.crashedAt < 20_000) return;
    // A single fault is one crash at a time, with time for the schedule to bring others; whether anybody stands by is the
    // dispatchers' own business.
    if (this.faults.single && kernel.now - this.crashedAt <= ONE_FAULT_MS) return;
    this.crashedAt = kernel.now;
    this.faults.count('dispatcher-crash');
    this.dispatchers.delete(life);
    life.kill(`as ${label} is answered`);
  }

  /** Who stands still alone for long is missed, and it is no crash: then the other invocation is there and ready. */
  private hasStandBy(but: Incarnation): boolean {
    const { now } = this.kernel;
    const ready = [...this.dispatchers].some(([life, since]) => life !== but && life.alive && now - since > 5_000);
    return ready && now - this.crashedAt > ONE_FAULT_MS;
  }

  private everySecond(): void {
    const { kernel } = this;
    this.guard(() => this.checkers.round());
    if (this.faults.over && this.pending().length === 0) {
      this.atRest();
      return;
    }
    kernel.after(1_000, () => this.everySecond());
  }

  /** Nothing runs and nothing waits. Days later somebody redrives old messages, which must not change a thing. */
  private atRest(): void {
    const { kernel } = this;
    this.resting = true;
    const before = this.checkers.state();
    kernel.after(3 * DAY, () => this.queue.redrive(REDRIVEN));
    // Five receipts of a message, a minute each.
    kernel.after(3 * DAY + 10 * MINUTE, () => void this.atTheEnd(before));
  }

  private async atTheEnd(before: string): Promise<void> {
    const { records } = await this.cores.jobs.inFlight();
    this.guard(() =>
      this.checkers.nothingLeft(
        records.map(({ record }) => record.key),
        [...this.payloads.kept],
      ),
    );
    this.guard(() =>
      this.checkers.expect(
        this.checkers.state() === before && this.queue.pending === 0,
        () => `old messages changed what had ended: ${before} became ${this.checkers.state()}`,
      ),
    );
    this.over = true;
  }

  report(violation: string | undefined, cpuSeconds: number): SeedReport {
    const ends: Record<string, number> = {};
    let marks = 0;
    for (const job of this.checkers.jobs.keys()) {
      ends[job.state] = (ends[job.state] ?? 0) + 1;
      marks += job.marks;
    }
    return {
      seed: this.options.seed,
      fingerprint: this.kernel.fingerprint,
      events: this.kernel.events,
      simulatedMs: this.kernel.now - EPOCH,
      menu: this.faults.menu,
      ends,
      heartbeatGapMax: this.checkers.heartbeatGapMax,
      resets: this.checkers.resets,
      marks,
      cpuSeconds,
      metrics: this.metrics,
      struck: this.faults.struck,
      violation,
      trace: this.kernel.trace,
    };
  }
}

export function menuText(menu: Menu): string {
  const served = Object.entries(menu).map(([name, weight]) => `${name} ${weight.toFixed(3)}`);
  return served.length === 0 ? 'none' : served.join(', ');
}
