// The world as one incarnation of a dispatcher or a completion sees it: every interface of jobs/world.ts over the shared
// cores, each call with its latency, its fate, and a place where the caller may die.
import type { MemoryJobStore } from '#local/memory/job-store.ts';
import type { MemoryLeaseStore } from '#local/memory/lease-store.ts';
import type { MemoryPayloadStore } from '#local/memory/payload-store.ts';
import type { MetricName } from '#jobs/metrics.ts';
import type { JobRecord } from '#jobs/record.ts';
import { LIMITS } from '#jobs/limits.ts';
import {
  type Dispatchers,
  type JobStore,
  type LeaseStore,
  type Millis,
  type PayloadStore,
  type ResultMessage,
  StoreUnavailable,
  type TaskLauncher,
  type Throttled,
  type Unreachable,
  type World,
} from '#jobs/world.ts';
import type { SimulatedEcs } from './ecs.ts';
import { instanceOver, kindOf, type SourcegraphCores } from './faulty-instance.ts';
import type { Fate, Incarnation } from './incarnation.ts';

export interface Cores extends SourcegraphCores {
  readonly jobs: MemoryJobStore;
  readonly lease: MemoryLeaseStore;
  readonly payloads: MemoryPayloadStore;
  readonly ecs: SimulatedEcs;
  isEcsAway(): boolean;
  areStoresAway(): boolean;
  send(message: ResultMessage): void;
  /** Some time after the call. */
  startStandBy(): void;
  isPoisonous(queue: string, jobId: number): boolean;
  jobRecorded(queue: string, jobId: number): void;
  recordChanges(before: JobRecord, after: JobRecord): void;
  /** By its key: knowingly, and nothing of it runs. */
  givenBack(key: string): void;
  metric(name: MetricName, value: number): void;
}

const GIVEN_BACK = /could not be stored and is given back$|^gives a job back: /;

const AWS_TIMEOUT: Millis = 4_000;
const LATENCY = { store: [2, 20], ecs: [40, 250] } as const;

export function worldFor(cores: Cores, life: Incarnation): World {
  const { kernel } = cores;
  const base = new Caller(cores, life);
  return {
    clock: life.clock,
    random: { fraction: kernel.fraction, id: () => kernel.id() },
    instance: instanceOver(cores, life),
    jobs: jobStoreFor(base),
    lease: leaseFor(base),
    payloads: payloadsFor(base),
    tasks: tasksFor(base),
    dispatchers: { startStandBy: () => base.startStandBy() },
    results: {
      send: (message) =>
        base.aws(
          `send ${message.kind}`,
          () => {
            cores.send(message);
            return 'sent' as const;
          },
          kindOf,
        ),
    },
    journal: {
      log: (level, message, fields) => {
        if (life.alive && level !== 'debug') kernel.note(`${life.name} ${level}: ${message}${shownFields(fields)}`);
        if (life.alive && GIVEN_BACK.test(message)) cores.givenBack(String(fields['job']));
      },
      metric: (name, value) => cores.metric(name, value),
    },
  };
}

function shownFields(fields: Readonly<Record<string, unknown>>): string {
  const { job, event, reason, error } = fields;
  return [job, event, reason, error].map((field) => (typeof field === 'string' ? ` ${field}` : '')).join('');
}

/** Draws each call's fate. */
class Caller {
  readonly cores: Cores;
  private readonly life: Incarnation;

  constructor(cores: Cores, life: Incarnation) {
    this.cores = cores;
    this.life = life;
  }

  store<T>(label: string, effect: () => Promise<T>, show?: (answer: T) => string): Promise<T> {
    const { faults, kernel } = this.cores;
    const throttled = faults.strikes('store-throttled');
    const fails = faults.strikes('store-unavailable');
    const lost: Fate = fails && kernel.chance(0.5) ? 'lost-request' : 'lost-answer';
    const away: Fate | undefined = this.cores.areStoresAway() ? 'lost-request' : undefined;
    const fate: Fate = away ?? (throttled ? 'refused' : fails ? lost : 'ok');
    return this.life.call<T>({
      label,
      latency: LATENCY.store,
      fate,
      timeout: AWS_TIMEOUT / 2,
      effect,
      lost: () => {
        throw new StoreUnavailable(`${label}: no answer`);
      },
      ...(show === undefined ? {} : { show }),
    });
  }

  ecs<T>(label: string, effect: () => T, show: (answer: T | Unreachable) => string): Promise<T | Unreachable> {
    return this.aws(label, effect, show, this.cores.isEcsAway() ? 'lost-request' : undefined);
  }

  aws<T>(
    label: string,
    effect: () => T,
    show: (answer: T | Unreachable) => string,
    fate?: Fate,
  ): Promise<T | Unreachable> {
    return this.life.call<T | Unreachable>({
      label,
      latency: LATENCY.ecs,
      fate: fate ?? this.fateAtEcs(),
      timeout: AWS_TIMEOUT,
      effect,
      lost: () => ({ kind: 'unreachable', message: 'no answer' }),
      show,
    });
  }

  startStandBy(): ReturnType<Dispatchers['startStandBy']> {
    const { faults, kernel } = this.cores;
    const lost = faults.strikes('stand-by-lost');
    const refused = lost && kernel.chance(0.3);
    return this.life.call<Awaited<ReturnType<Dispatchers['startStandBy']>>>({
      label: 'start a stand-by',
      latency: LATENCY.ecs,
      fate: lost && kernel.chance(0.3) ? 'lost-request' : 'ok',
      timeout: LIMITS.standByCallMs,
      effect: () => {
        if (refused) return { kind: 'throttled', message: 'Rate exceeded' };
        // One that was accepted may be lost as well.
        if (!lost) this.cores.startStandBy();
        return 'started';
      },
      lost: () => ({ kind: 'unreachable', message: 'no answer' }),
      show: (answer) => (answer === 'started' ? answer : answer.kind),
    });
  }

  private fateAtEcs(): Fate {
    const { faults } = this.cores;
    if (faults.strikes('ecs-lost-answer')) return 'lost-answer';
    return faults.strikes('ecs-half-answer') ? 'half-answer' : 'ok';
  }

  throttled(operation: string): Throttled | undefined {
    const { ecs, faults } = this.cores;
    const allowed = ecs.mayCall(operation) && !faults.strikes('ecs-throttle');
    return allowed ? undefined : { kind: 'throttled', message: 'Rate exceeded' };
  }
}

function jobStoreFor(base: Caller): JobStore {
  const { faults, jobs } = base.cores;
  /** The SDK sends a write again whose first answer was lost, and the condition is no longer true. */
  const twice = <T>(answer: T, done: T, refused: T): T =>
    answer === done && faults.strikes('store-false-stale') ? refused : answer;
  return {
    reserve: (wanted, limit, until, now) =>
      base.store(
        `reserve ${wanted}`,
        () => jobs.reserve(wanted, limit, until, now),
        (made) => `${made.length} slots`,
      ),
    release: (reservation) => base.store('release', () => jobs.release(reservation)),
    create: (reservation, record) =>
      base.store(
        `create ${record.key}`,
        async () => {
          const created = await jobs.create(reservation, record);
          if (created !== 'lapsed') base.cores.jobRecorded(record.queue, record.jobId);
          return twice(created, 'created', 'lapsed');
        },
        (answer) => answer,
      ),
    get: (key) => base.store(`get ${key}`, () => jobs.get(key)),
    change: (key, seen, next) =>
      base.store(
        `change ${key} to ${next.state.kind}`,
        async () => {
          const before = await jobs.get(key);
          if (before !== 'none' && before.seen === seen) base.cores.recordChanges(before.record, next);
          return twice(await jobs.change(key, seen, next), 'changed', 'stale');
        },
        (answer) => answer,
      ),
    remove: (key, seen) =>
      base.store(
        `remove ${key}`,
        async () => twice(await jobs.remove(key, seen), 'removed', 'stale'),
        (answer) => answer,
      ),
    inFlight: () =>
      base.store(
        'read records',
        () => jobs.inFlight(),
        ({ records }) => String(records.length),
      ),
  };
}

function leaseFor(base: Caller): LeaseStore {
  const { lease } = base.cores;
  return {
    arrive: (me, ttl, now) =>
      base.store(
        'arrive',
        () => lease.arrive(me, ttl, now),
        (role) => role,
      ),
    renew: (me, ttl, ready, now) =>
      base.store(
        'renew lease',
        () => lease.renew(me, ttl, ready, now),
        (role) => role,
      ),
    leave: (me) => base.store('leave lease', () => lease.leave(me)),
    hasStandBy: (now) => base.store('look for a stand-by', () => lease.hasStandBy(now), String),
  };
}

function payloadsFor(base: Caller): PayloadStore {
  const { cores } = base;
  const { payloads } = cores;
  return {
    write: (attempt, build) => base.store(`write payload ${attempt}`, () => payloads.write(attempt, build)),
    renew: () => base.store('renew links', () => payloads.renew()),
    result: (attempt) =>
      base.store(
        `read result ${attempt}`,
        () => payloads.result(attempt),
        (result) => (typeof result === 'string' ? result : result.outcome.kind),
      ),
    remove: (attempt) => base.store(`remove payload ${attempt}`, () => payloads.remove(attempt)),
    saveJob: (key, job) => base.store(`save job ${key}`, () => payloads.saveJob(key, job)),
    loadJob: async (key) => {
      const job = await base.store(`load job ${key}`, () => payloads.loadJob(key));
      const [queue = '', id] = key.split('/');
      if (cores.isPoisonous(queue, Number(id))) throw new TypeError('poison');
      return job;
    },
    removeJob: (key) => base.store(`remove job ${key}`, () => payloads.removeJob(key)),
  };
}

function tasksFor(base: Caller): TaskLauncher {
  const { ecs } = base.cores;
  return {
    define: (definition) =>
      base.ecs('define', () => base.throttled('RegisterTaskDefinition') ?? ecs.define(definition), kindOf),
    launch: (request) =>
      base.ecs(
        `launch ${request.attempt}`,
        () => base.throttled('RunTask') ?? ecs.launch(request),
        (answer) => (answer.kind === 'started' ? answer.task : answer.kind),
      ),
    retireDefinition: () =>
      base.ecs(
        'retire a definition',
        () => base.throttled('DeregisterTaskDefinition') ?? ecs.retireDefinition(),
        kindOf,
      ),
    stop: (task, why) => base.ecs(`stop ${task}`, () => base.throttled('StopTask') ?? ecs.stop(task, why), kindOf),
    list: () =>
      base.ecs(
        'list tasks',
        () => base.throttled('ListTasks') ?? { kind: 'listed' as const, tasks: ecs.list() },
        (answer) => (answer.kind === 'listed' ? String(answer.tasks.length) : answer.kind),
      ),
    describe: (tasks) =>
      base.ecs(
        'describe tasks',
        () => base.throttled('DescribeTasks') ?? { kind: 'described' as const, tasks: ecs.describe(tasks) },
        kindOf,
      ),
  };
}
