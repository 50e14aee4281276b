// A dispatcher's rounds over records in memory, on a clock of the test's own, beside an ECS whose answers the test writes.
import { startShift, type Shift } from '#jobs/dispatch/shift.ts';
import { tick, type Ticked } from '#jobs/dispatch/tick.ts';
import { attemptId } from '#jobs/keys.ts';
import type { DispatchOptions } from '#jobs/options.ts';
import type { JobRecord, JobState } from '#jobs/record.ts';
import type { TaskDefinition } from '#jobs/task-definition.ts';
import type {
  Instance,
  LaunchRequest,
  Millis,
  ResultMessage,
  ResultsQueue,
  RunningTask,
  TaskLauncher,
  WaitingEntry,
  World,
} from '#jobs/world.ts';
import { MemoryJobStore } from '#local/memory/job-store.ts';
import type { Job } from '#sourcegraph/job.ts';
import { aRecord } from '../../contracts/job-store.ts';
import { dispatchOptions } from '../../simulation/options.ts';

export const START: Millis = 1_800_000_000_000;
const LIMIT = 1_000;

export class TasksWorld {
  readonly jobs = new MemoryJobStore();
  /** What ECS answers. */
  readonly ecs: Pick<TaskLauncher, 'list' | 'describe' | 'stop' | 'define' | 'launch' | 'retireDefinition'> = {
    list: () => Promise.resolve({ kind: 'listed', tasks: [] }),
    describe: () => Promise.resolve({ kind: 'described', tasks: [] }),
    stop: (task) => {
      this.stopped.push(task);
      return Promise.resolve('stopping');
    },
    define: () => Promise.resolve({ kind: 'defined', definition: 'definition' }),
    launch: () => Promise.resolve({ kind: 'unreachable', message: 'no answer' }),
    retireDefinition: () => Promise.resolve('none'),
  };
  /** The job's log in Sourcegraph; `sourcegraph` may answer in its place. */
  readonly log: WaitingEntry[] = [];
  sourcegraph: (() => Promise<Awaited<ReturnType<Instance['logEntry']>>>) | undefined;
  /** What every record is of; whoever prepares one without it gives it back. */
  job: Job | undefined;
  readonly stopped: string[] = [];
  readonly sent: ResultMessage[] = [];
  /** What the queue to completion answers. */
  queue: () => ReturnType<ResultsQueue['send']> = () => Promise.resolve('sent');
  readonly metrics: string[] = [];
  shift: Shift;
  private now = START;
  private readonly sleepers: { readonly until: Millis; wake(): void }[] = [];

  constructor() {
    this.shift = this.newShift();
  }

  /** Another dispatcher takes over, with nothing in mind. */
  newShift(deviating: Partial<DispatchOptions> = {}): Shift {
    const world = {
      clock: {
        now: () => this.now,
        sleep: (ms: Millis) =>
          new Promise((resolve) => this.sleepers.push({ until: this.now + ms, wake: () => resolve('slept') })),
      },
      random: { fraction: () => 0.5, id: () => '0123456789abcdef' },
      jobs: this.jobs,
      instance: {
        logEntry: (_job: unknown, entry: WaitingEntry) => this.sourcegraph?.() ?? Promise.resolve(this.write(entry)),
      },
      tasks: {
        list: () => this.ecs.list(),
        describe: (tasks: readonly string[]) => this.ecs.describe(tasks),
        stop: (task: string, why: string) => this.ecs.stop(task, why),
        define: (definition: TaskDefinition) => this.ecs.define(definition),
        launch: (request: LaunchRequest) => this.ecs.launch(request),
        retireDefinition: () => this.ecs.retireDefinition(),
      },
      payloads: {
        renew: () => Promise.resolve(),
        remove: () => Promise.resolve(),
        removeJob: () => Promise.resolve(),
        loadJob: () => Promise.resolve(this.job ?? 'none'),
        write: () => Promise.resolve({ kind: 'written', payloadUrl: 'https://payload' }),
      },
      results: {
        send: (message: ResultMessage) => {
          this.sent.push(message);
          return this.queue();
        },
      },
      journal: { log: () => undefined, metric: (name: string) => this.metrics.push(name) },
    } as unknown as World;
    const options: DispatchOptions = {
      ...dispatchOptions(LIMIT, undefined, 'never'),
      launchRate: { burst: 1, perSecond: 1 },
      relaunchLimit: 3,
      ...deviating,
    };
    this.shift = startShift(world, options, new AbortController(), undefined);
    return this.shift;
  }

  async keep(record: JobRecord): Promise<void> {
    const [reservation] = await this.jobs.reserve(1, LIMIT, this.now + 60_000, this.now);
    if (reservation === undefined) throw new Error('no room');
    await this.jobs.create(reservation, record);
  }

  async forget(record: JobRecord): Promise<void> {
    const stored = await this.jobs.get(record.key);
    if (stored !== 'none') await this.jobs.remove(record.key, stored.seen);
  }

  async stateOf({ key }: JobRecord): Promise<JobState | 'none'> {
    const stored = await this.jobs.get(key);
    return stored === 'none' ? 'none' : stored.record.state;
  }

  private write({ entryId, ...entry }: WaitingEntry): Awaited<ReturnType<Instance['logEntry']>> {
    if (entryId !== undefined && this.log[entryId - 1] === undefined) return 'not-ours';
    this.log[(entryId ?? this.log.length + 1) - 1] = entry;
    return { kind: 'logged', entryId: entryId ?? this.log.length };
  }

  /** A round a second. */
  async seconds(count: number): Promise<void> {
    for (let second = 0; second < count; second++) await this.second('poll');
  }

  /** Another dispatcher's turn, with an empty queue: it goes home when it is idle. After how many seconds; undefined: not yet. */
  async turn(seconds: number): Promise<number | undefined> {
    const shift = this.newShift();
    shift.polled = 'empty';
    for (let second = 1; second <= seconds; second++) {
      if ((await this.second('return')) === 'idle') return second;
    }
    return undefined;
  }

  private async second(whenIdle: 'return' | 'poll'): Promise<Ticked> {
    this.now += 1_000;
    for (const sleeper of this.sleepers) if (sleeper.until <= this.now) sleeper.wake();
    const ticked = await tick(this.shift, whenIdle);
    // What the round has started has no timers but those above.
    await new Promise((done) => setImmediate(done));
    return ticked;
  }
}

export const recordIn = (id: number, state: JobState): JobRecord => ({ ...aRecord(id), state });

export const launchingRecord = (): JobRecord =>
  recordIn(1, {
    kind: 'launching',
    since: START,
    notBefore: START,
    request: {
      attempt: attemptId(aRecord(1).key, 1),
      clientToken: 'client-token',
      definition: 'definition',
      payloadUrl: 'https://payload',
      capacity: 'on-demand',
      size: aRecord(1).size,
    },
  });

/** The task of the record's attempt, as ECS shows it. */
export function taskOf(record: JobRecord, task: string, status: 'PENDING' | 'RUNNING' = 'RUNNING'): RunningTask {
  const startedAt = status === 'RUNNING' ? { startedAt: START } : {};
  return { task, startedBy: attemptId(record.key, record.attempt), status, ...startedAt };
}
