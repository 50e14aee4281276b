// A burst: thousands of jobs queued at once, the real dispatch and completion code and the real ECS adapter over the ECS
// double with AWS's own rates, in virtual time. Every call is noted with its time.
import { ECSServiceException, type ECSClient } from '@aws-sdk/client-ecs';
import { EcsTaskLauncher } from '#functions/aws/ecs-task-launcher.ts';
import { TaskStateChangeSchema, taskStopped } from '#functions/aws/task-stopped-event.ts';
import { complete } from '#jobs/complete/complete.ts';
import { runInvocation } from '#jobs/dispatch/run-invocation.ts';
import type { TokenRate } from '#jobs/options.ts';
import { RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import type { Millis, ResultMessage, World } from '#jobs/world.ts';
import { MemoryJobStore } from '#local/memory/job-store.ts';
import { MemoryLeaseStore } from '#local/memory/lease-store.ts';
import { MemoryPayloadStore } from '#local/memory/payload-store.ts';
import type { SandboxJob } from '#local/sandbox/jobs.ts';
import { SandboxRules } from '#local/sandbox/rules.ts';
import { Ecs } from '../doubles/ecs/ecs.ts';
import { type LaunchClass, leastMs } from '../doubles/ecs/rates.ts';
import type { Carrier } from '../doubles/ecs/world.ts';
import { TEST_CLUSTER_ARN } from '../doubles/test-account.ts';
import { POOL } from '../functions/ecs-under-test.ts';
import { Faults } from './faults.ts';
import { instanceOver } from './faulty-instance.ts';
import { Incarnation } from './incarnation.ts';
import { EPOCH, Kernel } from './kernel.ts';
import { dispatchOptions } from './options.ts';
import { SourcegraphNetwork } from './sourcegraph-network.ts';

export interface Burst {
  readonly jobs: number;
  /** Different task definitions that the jobs need. */
  readonly definitions: number;
  readonly launches: LaunchClass;
  /** What the dispatcher takes the region's rate to be. */
  readonly launchRate: TokenRate;
  readonly limit: number;
  /** Each step runs so long. */
  readonly runMs: Millis;
}

export interface BurstReport {
  readonly completed: number;
  /** Times of RunTasks that made a task, from the first one on. */
  readonly launchedAt: readonly Millis[];
  readonly throttled: Readonly<Record<string, number>>;
  readonly calls: Readonly<Record<string, number>>;
  readonly heartbeatGapMax: Millis;
  readonly resets: number;
  /** Jobs dequeued and not launched yet, at most. */
  readonly waitingMax: number;
  /** What the launches take by the endpoint's own buckets. */
  readonly leastMs: Millis;
  readonly tookMs: Millis;
}

const QUEUE = 'codeintel';

export async function runBurst(burst: Burst): Promise<BurstReport> {
  const kernel = new Kernel(1);
  const life = new Incarnation(kernel, 'dispatcher');
  const faults = new Faults(kernel, {});
  const rules = new SandboxRules(
    { now: () => kernel.now, fraction: kernel.fraction, token: () => kernel.id() },
    { queues: ['batches', QUEUE] },
  );
  const options = { ...dispatchOptions(burst.limit, undefined, 'never'), launchRate: burst.launchRate };
  const ecs = new Ecs(
    {
      now: () => kernel.now,
      hex: (digits) => (kernel.id() + kernel.id()).slice(0, digits),
      after: (ms, act) => kernel.after(ms, act),
    },
    carrier(kernel, burst.runMs),
    {
      clusterArn: TEST_CLUSTER_ARN,
      provisioningMs: 20_000,
      stoppingMs: 25_000,
      rememberedMs: 3_600_000,
      launches: burst.launches,
    },
  );
  const notes = new Notes(kernel);
  const jobs = new MemoryJobStore();
  const payloads = new MemoryPayloadStore({
    urls: { payload: (secret) => secret, result: (secret) => secret },
    secret: () => kernel.id(),
    onResult: () => {},
  });
  const world: World = {
    clock: life.clock,
    random: { fraction: kernel.fraction, id: () => kernel.id() },
    instance: instanceOver(
      { kernel, faults, rules, network: new SourcegraphNetwork(kernel, faults), ...notes.checks },
      life,
    ),
    jobs,
    lease: new MemoryLeaseStore(),
    payloads,
    tasks: new EcsTaskLauncher(clientOf(ecs, life, notes), POOL, () => kernel.now),
    results: {
      send: (message) => {
        void receive(message);
        return Promise.resolve('sent');
      },
    },
    journal: { log: () => {}, metric: () => {} },
  };
  const receive = (message: ResultMessage) => complete(world, options, message);
  ecs.onStopped((event) => {
    const { detail } = TaskStateChangeSchema.parse(event);
    void receive({ kind: 'task-stopped', stopped: taskStopped(detail) });
  });
  rules.onChange((job) => notes.changed(job));
  for (let index = 0; index < burst.jobs; index++) {
    const image = `image-${index % burst.definitions}`;
    rules.enqueue(QUEUE, { version: 2, repositoryName: '', dockerSteps: [{ key: 'step', image, commands: ['true'] }] });
  }
  const invocation = { id: 'i', until: Infinity, whenIdle: 'return' as const, expectsStandBy: false };
  let ended = false;
  void runInvocation(world, options, invocation).then(() => (ended = true));
  await kernel.run(() => ended);
  return notes.report(burst);
}

/** Tasks whose one step runs for a while and succeeds. */
function carrier(kernel: Kernel, runMs: Millis): Carrier {
  return {
    start: (task) => {
      task.running();
      kernel.after(runMs, () => task.ended([{ name: RUNNER_CONTAINER, exitCode: 0 }]));
    },
    stop: () => {},
  };
}

/** The SDK's client, as far as the adapter sees it: the double answers, in virtual time. */
function clientOf(ecs: Ecs, life: Incarnation, notes: Notes): Pick<ECSClient, 'send'> {
  const send = async (command: { readonly constructor: { readonly name: string }; readonly input: object }) => {
    const operation = command.constructor.name.replace(/Command$/, '');
    const { answer } = await life.call({
      label: operation,
      latency: [40, 120],
      fate: 'ok',
      timeout: Infinity,
      effect: () => ecs.call(operation, command.input),
      lost: () => {
        throw new Error('no call is lost here');
      },
    });
    notes.called(operation, answer.kind === 'error' && answer.error.type === 'ThrottlingException');
    if (answer.kind === 'answer') return answer.body;
    const { message, status, type } = answer.error;
    throw new ECSServiceException({ name: type, message, $fault: 'client', $metadata: { httpStatusCode: status } });
  };
  return { send: send as ECSClient['send'] };
}

class Notes {
  private readonly kernel: Kernel;
  private readonly launchedAt: Millis[] = [];
  private readonly throttled: Record<string, number> = {};
  private readonly calls: Record<string, number> = {};
  private heartbeatAt: Millis = EPOCH;
  private heartbeatGapMax: Millis = 0;
  private dequeued = 0;
  private readonly dequeues = new Map<SandboxJob, number>();
  private resets = 0;
  private completed = 0;
  private waitingMax = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  readonly checks = {
    heartbeatSent: (): void => {
      this.heartbeatGapMax = Math.max(this.heartbeatGapMax, this.kernel.now - this.heartbeatAt);
      this.heartbeatAt = this.kernel.now;
    },
    dequeueLost: (): void => {},
    forgotten: (): void => {},
    beforeMark: (): void => {},
    markRefused: (): void => {},
  };

  called(operation: string, isThrottled: boolean): void {
    this.calls[operation] = (this.calls[operation] ?? 0) + 1;
    if (isThrottled) this.throttled[operation] = (this.throttled[operation] ?? 0) + 1;
    else if (operation === 'RunTask') this.launchedAt.push(this.kernel.now);
  }

  changed(job: SandboxJob): void {
    if (job.state === 'completed') this.completed += 1;
    const dequeues = this.dequeues.get(job) ?? 0;
    if (job.dequeues > dequeues) {
      this.dequeues.set(job, job.dequeues);
      this.dequeued += 1;
      if (job.dequeues > 1) this.resets += 1;
      this.waitingMax = Math.max(this.waitingMax, this.dequeued - this.launchedAt.length);
    }
  }

  report({ jobs, launches }: Burst): BurstReport {
    const [first = 0] = this.launchedAt;
    return {
      completed: this.completed,
      launchedAt: this.launchedAt.map((at) => at - first),
      throttled: this.throttled,
      calls: this.calls,
      heartbeatGapMax: this.heartbeatGapMax,
      resets: this.resets,
      waitingMax: this.waitingMax,
      leastMs: leastMs('RunTask', jobs, launches),
      tookMs: (this.launchedAt.at(-1) ?? 0) - first,
    };
  }
}
