// What must hold at every moment (design, "What must hold"), looked at by those who see everything: the instance's own
// job table, every task, every heartbeat that was sent.
import { LIMITS } from '#jobs/limits.ts';
import { jobKey, parseAttemptId } from '#jobs/keys.ts';
import type { DispatchOptions } from '#jobs/options.ts';
import type { JobRecord } from '#jobs/record.ts';
import { isFinished, type SandboxJob } from '#local/sandbox/jobs.ts';
import { RESET_LIMIT_MESSAGE } from '#local/sandbox/stall.ts';
import type { SandboxRules } from '#local/sandbox/rules.ts';
import type { Millis } from '#jobs/world.ts';
import type { SimulatedEcs, SimulatedTask } from './ecs.ts';
import type { Disturbances } from './disturbances.ts';
import type { FaultName, Faults } from './faults.ts';
import type { Kernel } from './kernel.ts';
import { hasNewField, hasNewFieldInState } from './next-version.ts';
import { type JobScript, stepLog, truth } from './scripts.ts';

export class Violation extends Error {
  override readonly name = 'Violation';
}

/** A task may outlive its job by its own end (half a minute) and a sweep; by more only where ECS itself is stuck. */
const AFTERLIFE_MS = 4 * 60_000;
const CANCEL_MS = 10_000;
/** From the first moment in which a task may be stopped to SIGKILL. */
const STOPPED_WITHIN_MS = 3 * 60_000;
/** Faults in what a cancel goes through: Sourcegraph's answer, a dispatcher, the record, ECS. */
const DELAYS_CANCELS =
  /^(sourcegraph|token|store|dispatcher|schedule|stand-by|too-new|poisonous)|^ecs-(throttle|busy-account|lost-answer|half-answer|away|not-visible)$/;

export interface Truths {
  readonly script: JobScript;
  /** Its dequeue's answer was lost on the way: nobody holds it, and it comes back by itself. */
  lost: boolean;
  heartbeatAt: Millis | undefined;
  dequeue: number;
  /** Of its present dequeue. */
  marksRefused: number;
  cancelledAt: Millis | undefined;
  endedAt: Millis | undefined;
}

/** Faults under which a job may be given to others in spite of heartbeats that are sent in time. */
const HEARTBEATS_UNHEARD: readonly FaultName[] = [
  'sourcegraph-away',
  'sourcegraph-lost-request',
  'sourcegraph-lost-answer',
  'sourcegraph-half-answer',
  'sourcegraph-hang',
  'sourcegraph-error',
  'token-rotated',
];

/** Faults that cost an attempt and are nobody's fault: enough of them in a row, and a job is given up. */
const LOSSES: readonly FaultName[] = ['ecs-start-failure', 'ecs-spot-loss', 'ecs-host-loss', 'runner-crash'];

/** Faults that may break off a removal, or a job's taking in. */
const BROKEN_OFF: readonly FaultName[] = [
  'dispatcher-crash',
  'dispatcher-freeze',
  'store-unavailable',
  'store-throttled',
];

interface TaskOwner {
  readonly key: string;
  readonly job: SandboxJob;
  readonly truths: Truths;
}

export class Checkers {
  private readonly kernel: Kernel;
  private readonly faults: Faults;
  private readonly rules: SandboxRules;
  private readonly ecs: SimulatedEcs;
  private readonly options: DispatchOptions;
  private readonly disturbances: Disturbances;
  readonly jobs = new Map<SandboxJob, Truths>();
  readonly byName = new Map<string, SandboxJob>();
  heartbeatGapMax: Millis = 0;
  resets = 0;

  constructor(
    kernel: Kernel,
    faults: Faults,
    rules: SandboxRules,
    ecs: SimulatedEcs,
    options: DispatchOptions,
    disturbances: Disturbances,
  ) {
    this.kernel = kernel;
    this.faults = faults;
    this.rules = rules;
    this.ecs = ecs;
    this.options = options;
    this.disturbances = disturbances;
  }

  expect(holds: boolean, sentence: () => string): void {
    if (!holds) throw new Violation(sentence());
  }

  watch(job: SandboxJob, script: JobScript): void {
    this.jobs.set(job, {
      script,
      lost: false,
      heartbeatAt: undefined,
      dequeue: 0,
      marksRefused: 0,
      cancelledAt: undefined,
      endedAt: undefined,
    });
    this.byName.set(`${job.queue}/${job.id}`, job);
  }

  truthsOf(queue: string, jobId: number): { readonly job: SandboxJob; readonly truths: Truths } {
    const job = this.byName.get(`${queue}/${jobId}`);
    const truths = job && this.jobs.get(job);
    if (job === undefined || truths === undefined) throw new Error(`no such job: ${queue}/${jobId}`);
    return { job, truths };
  }

  /** The instance's table has changed. */
  jobChanged(job: SandboxJob): void {
    const truths = this.jobs.get(job);
    if (truths === undefined) return;
    if (job.dequeues > truths.dequeue) {
      truths.dequeue = job.dequeues;
      truths.heartbeatAt = this.kernel.now;
      truths.lost = false;
      truths.marksRefused = 0;
      if (job.dequeues > 1) this.resets += 1;
      if (job.dequeues > 1 && this.faults.single) this.mayBeReset(job);
      this.recorded.delete(job);
    }
    if (isFinished(job) && truths.endedAt === undefined) {
      truths.endedAt = this.kernel.now;
      this.jobEnded(job, truths);
    }
    this.overLimit();
  }

  private readonly owners = new Map<SimulatedTask, TaskOwner>();
  private readonly wasLost = new Set<SandboxJob>();
  private readonly recorded = new Set<SandboxJob>();

  /** A record of the job's present dequeue was written. */
  jobRecorded(queue: string, jobId: number): void {
    this.recorded.add(this.truthsOf(queue, jobId).job);
  }

  /** A heartbeat's answer has left the job out: it is given back, and comes again by itself. */
  forgotten(queue: string, jobId: number): void {
    this.dequeueLost(queue, jobId);
  }

  /** Nobody names it in heartbeats any more, and it comes again by itself. */
  givenBack(key: string): void {
    const [queue = '', id] = key.split('/');
    this.truthsOf(queue, Number(id)).truths.lost = true;
  }

  /** After so many the job is given back, at the earliest. */
  markRefused(queue: string, jobId: number): void {
    const { truths } = this.truthsOf(queue, jobId);
    truths.marksRefused += 1;
    if (truths.marksRefused >= LIMITS.markRefusals) this.dequeueLost(queue, jobId);
  }

  /** Whoever writes a record keeps what newer code has put into it. */
  recordChanges(before: JobRecord, after: JobRecord): void {
    this.expect(
      !hasNewField(before) || hasNewField(after),
      () => `what newer code wrote into the record of ${before.key} was lost by older code`,
    );
    // A state that is entered anew is of who enters it.
    const isSameState = before.state.kind === after.state.kind && before.state.since === after.state.since;
    this.expect(
      !isSameState || !hasNewFieldInState(before) || hasNewFieldInState(after),
      () => `what newer code wrote into the state ${before.state.kind} of ${before.key} was lost by older code`,
    );
  }

  dequeueLost(queue: string, jobId: number): void {
    const { job, truths } = this.truthsOf(queue, jobId);
    truths.lost = true;
    this.wasLost.add(job);
  }

  /** Under a single kind of fault no dequeued job may be given out again, but for the one exception by name. */
  private mayBeReset(job: SandboxJob): void {
    const excused =
      this.wasLost.has(job) ||
      // Of many answers in a row that are lost or late, five may be those of one job's heartbeats.
      this.faults.hasAny(HEARTBEATS_UNHEARD) ||
      // A dispatcher that dies, or cannot write, between the dequeue and the record.
      !this.recorded.has(job);
    this.expect(excused, () => `${job.queue}/${job.id} was given out again under ${this.menuText()}`);
  }

  private overLimit(): void {
    let held = 0;
    for (const [job, truths] of this.jobs) if (job.state === 'processing' && !truths.lost) held += 1;
    const { limit, vcpuLimit = Infinity } = this.options;
    this.expect(held <= limit, () => `${held} jobs in flight, and the limit is ${limit}`);
    this.expect(held <= vcpuLimit, () => `${held} jobs of a vCPU each in flight, and the quota is ${vcpuLimit}`);
  }

  heartbeatSent(held: readonly { readonly queue: string; readonly jobId: number }[]): void {
    const { now } = this.kernel;
    for (const { queue, jobId } of held) {
      const { job, truths } = this.truthsOf(queue, jobId);
      if (job.state === 'processing' && !truths.lost) this.gap(job, truths, now);
      truths.heartbeatAt = now;
    }
  }

  /**
   * Looked at when a heartbeat is sent and at every round, so that a gap without an end is seen too. Whoever dies between
   * a dequeue and its record leaves a job that nobody knows of, and that comes back by itself: the one exception.
   */
  private gap(job: SandboxJob, truths: Truths, now: Millis): void {
    const gap = now - (truths.heartbeatAt ?? now);
    if (gap <= this.heartbeatGapMax || !this.recorded.has(job)) return;
    this.heartbeatGapMax = gap;
    // Several kinds of fault at once may add up.
    if (!this.faults.single) return;
    this.expect(
      gap <= LIMITS.heartbeatGapMaxMs,
      () => `${gap} ms without a heartbeat for ${job.queue}/${job.id} under ${this.menuText()}`,
    );
  }

  beforeMark(queue: string, jobId: number, token: string | undefined, outcome: string): void {
    const { job, truths } = this.truthsOf(queue, jobId);
    this.expect(
      token !== undefined,
      () => `${queue}/${jobId} is marked by the executor's token, which opens every dequeue of it`,
    );
    if (job.state !== 'processing' || job.token !== token) return;
    const generation = jobKey(queue, jobId, token ?? '');
    const running = [...this.ecs.live()]
      .filter(({ life, status }) => status === 'RUNNING' && life.alive)
      .filter(({ request }) => request.attempt.startsWith(generation));
    this.expect(running.length === 0, () => `${queue}/${jobId} is marked ${outcome} while its step-runner still runs`);
    if (outcome !== 'completed') return;
    const keys = job.logs.map(({ key }) => key).filter((key) => key !== 'superseded');
    // A dispatcher that stood still may write over it later than it knows: see W3 of jobs/dispatch/tell-waiting.ts.
    this.expect(
      keys.includes('setup.fs.extras') || this.faults.hasAny(['dispatcher-freeze', 'dispatcher-crash']),
      () => `${queue}/${jobId} is marked complete without its first entry: ${keys.join(' ')}`,
    );
    for (const [index, step] of truths.script.steps.entries()) {
      this.expect(
        keys.includes(`step.docker.step.${index}.post`),
        () => `${queue}/${jobId} is marked complete without the entry of step ${index}`,
      );
      const out = job.logs.find(({ key }) => key === `step.docker.step.${index}.run`)?.out;
      this.expect(
        out === stepLog(step),
        () => `${queue}/${jobId} is marked complete, and the log of step ${index} is ${JSON.stringify(out)}`,
      );
    }
    this.expect(new Set(keys).size === keys.length, () => `${queue}/${jobId} has log entries twice: ${keys.join(' ')}`);
    const open = job.logs.find(({ exitCode }) => exitCode === undefined);
    this.expect(
      open === undefined,
      () => `${queue}/${jobId} is marked complete with the open entry ${open?.key ?? ''}`,
    );
  }

  private jobEnded(job: SandboxJob, truths: Truths): void {
    const wanted = truth(truths.script, this.options.runtimeLimitMs);
    const name = `${job.queue}/${job.id}`;
    const message = job.failureMessage ?? '';
    if (job.state === 'completed') {
      this.expect(wanted === 'completed', () => `${name} was marked complete, and it must end as ${wanted}`);
    } else if (job.state === 'canceled') {
      this.expect(truths.cancelledAt !== undefined, () => `${name} was canceled, and nobody asked for it`);
    } else if (wanted === 'completed') {
      this.expect(
        this.excused(message, job, truths),
        () => `${name} was marked ${job.state} (${message}), and its steps are good`,
      );
    }
    if (/command failed with exit code/.test(message)) this.stepFailed(name, job, truths);
    this.expect(job.marks <= 1, () => `${name} was marked ${job.marks} times`);
  }

  /** The finished steps of a failed job count as well: they are cached. */
  private stepFailed(name: string, job: SandboxJob, { script }: Truths): void {
    // A step-runner that is stopped, past its deadline above all, has so long for its last entries and no longer.
    const cutShort = [...this.ecs.tasks.values()]
      .filter(({ request }) => request.attempt.startsWith(`${job.queue}/${job.id}/`))
      .some(({ stopping }) => stopping);
    if (cutShort) return;
    const failed = script.steps.findIndex(({ exit }) => exit !== 0);
    const entry = job.logs.find(({ key }) => key === `step.docker.step.${failed}.run`);
    this.expect(
      entry?.exitCode === script.steps[failed]?.exit,
      () => `${name} failed, and its log does not say at which step`,
    );
    for (let index = 0; index < failed; index++) {
      this.expect(
        job.logs.some(({ key }) => key === `step.docker.step.${index}.post`),
        () => `${name} failed without the entry of step ${index}, which was good`,
      );
    }
  }

  private excused(message: string, job: SandboxJob, { script }: Truths): boolean {
    if (script.poisonous) return /\d+ times over this job/.test(message);
    const excuses: readonly (readonly [RegExp, boolean])[] = [
      [/given up after \d+ attempts/, this.faults.hasAny(LOSSES)],
      [/AWS never confirmed its end/, this.faults.has('ecs-stuck') || !this.faults.single],
      [/image .* does not exist|an image of this job does not exist/, this.faults.has('ecs-image-missing')],
      [/more memory than the task has/, this.faults.has('step-oom')],
      [/the task ran out of memory/, this.faults.has('runner-oom')],
      [
        /could not be launched within/,
        this.faults.hasAny([
          'ecs-away',
          'ecs-no-capacity',
          'ecs-throttle',
          'ecs-quota',
          'ecs-busy-account',
          'ecs-slow-launches',
        ]),
      ],
      [
        /maximum execution time/,
        Object.keys(this.faults.menu).some((name) => /^ecs-stuck$|^runner-cut-off$/.test(name)),
      ],
      // Half an hour of patience, or what the deadline leaves of it.
      [/sending the log to Sourcegraph/, this.faults.hasAny(['sourcegraph-hang', 'sourcegraph-away'])],
      [new RegExp(RESET_LIMIT_MESSAGE), !this.faults.single || this.wasLost.has(job)],
      [/stopped from outside/, !this.faults.single],
      [/Sourcegraph no longer knew/, !this.faults.single],
    ];
    return Object.keys(this.faults.menu).length > 0 && excuses.some(([text, may]) => may && text.test(message));
  }

  /** Once a second of simulated time. */
  round(): void {
    const { now } = this.kernel;
    for (const [job, truths] of this.jobs) if (job.state === 'processing' && !truths.lost) this.gap(job, truths, now);
    const running = new Map<string, SimulatedTask>();
    for (const task of this.ecs.live()) this.checkTask(task, running, now);
    this.rules.resetStalledJobs();
  }

  private ownerOf(task: SimulatedTask): TaskOwner {
    const known = this.owners.get(task);
    if (known !== undefined) return known;
    const attempt = parseAttemptId(task.request.attempt);
    if (attempt.kind === 'unknown') throw new Violation(`a task with the name ${task.request.attempt}`);
    const [queue = '', id = ''] = attempt.key.split('/');
    const owner = { key: attempt.key, ...this.truthsOf(queue, Number(id)) };
    this.owners.set(task, owner);
    return owner;
  }

  private checkTask(task: SimulatedTask, running: Map<string, SimulatedTask>, now: Millis): void {
    const { key, job, truths } = this.ownerOf(task);
    if (task.life.alive) {
      const other = running.get(key);
      this.expect(
        other === undefined,
        () => `two tasks run for ${key}: ${other?.request.attempt ?? ''} and ${task.request.attempt}`,
      );
      running.set(key, task);
    }
    // What runs is over, and ECS shows it all the same.
    if (!task.life.alive && this.faults.has('ecs-stuck')) return;
    const busy = Object.keys(this.faults.menu).length > 1;
    // Of a job that ended in an outage nobody can know before that is over.
    const { awayUntil, ecsAwayUntil } = this.disturbances;
    const knownAt = Math.max(truths.endedAt ?? now, task.createdAt, awayUntil, ecsAwayUntil);
    const afterlife = Math.max(0, now - knownAt);
    this.expect(
      afterlife <= AFTERLIFE_MS * (busy ? 3 : 1),
      () => `${task.arn} lives on ${afterlife} ms after ${job.queue}/${job.id} has ended`,
    );
    // Nor can anybody stop one while ECS does not listen, or will while it may wait for Sourcegraph with its log; after
    // that a deaf one has its stop time-out.
    const unstoppable = now < Math.max(ecsAwayUntil, awayUntil) + STOPPED_WITHIN_MS;
    const ran = task.startedAt === undefined || !task.life.alive || unstoppable ? 0 : now - task.startedAt;
    // Nobody stops a task while those that hold the lease, a minute each, cannot read its record.
    const late = busy || this.faults.menu['too-new-records'] !== undefined;
    const deadline = this.options.runtimeLimitMs + LIMITS.deadlineGraceMs + 125_000 + (late ? 10 * 60_000 : 60_000);
    this.expect(ran <= deadline, () => `${task.arn} runs ${ran} ms, past its deadline`);
    if (truths.cancelledAt === undefined || Object.keys(this.faults.menu).some((name) => DELAYS_CANCELS.test(name)))
      return;
    const since = now - Math.max(truths.cancelledAt, task.createdAt);
    this.expect(
      since <= CANCEL_MS || task.stopping || !task.life.alive,
      () => `${task.arn} is not stopped ${since} ms after its job was cancelled`,
    );
  }

  /** Why the world has not come to rest; empty when it has. */
  pending(): readonly string[] {
    const open = [...this.jobs.keys()]
      .filter((job) => !isFinished(job))
      .map((job) => `${job.queue}/${job.id} is ${job.state}`);
    return [
      ...open,
      ...[...this.ecs.live()].map(({ arn, request, status }) => `${arn} of ${request.attempt} is ${status}`),
    ];
  }

  /** Days after the last job has ended. Objects that a crash has left expire by the bucket's own rule. */
  nothingLeft(records: readonly string[], objects: readonly string[]): void {
    this.expect(records.length === 0, () => `records are left of jobs that have ended: ${records.join(' ')}`);
    const mayLeak = !this.faults.single || this.faults.hasAny(BROKEN_OFF);
    this.expect(
      objects.length === 0 || mayLeak,
      () => `payloads are left of jobs that have ended: ${objects.join(' ')}`,
    );
  }

  /** All that a message could have changed. */
  state(): string {
    return [...this.jobs.keys()].map(({ id, marks, queue, state }) => `${queue}/${id} ${state} ${marks}`).join(', ');
  }

  private menuText(): string {
    return Object.keys(this.faults.menu).join(', ') || 'no fault';
  }
}
