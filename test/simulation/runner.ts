// A simulated step-runner: fetches its payload, runs the scripted steps, streams log entries, and puts its result last,
// as runner/ does. It knows Sourcegraph and the stores only through calls that may be slow, lost or refused.
import { type JobResult, RUNNER_EXIT, runnerExitCode, type RunnerOutcome } from '#jobs/job-result.ts';
import { type Payload, PayloadSchema } from '#jobs/payload.ts';
import type { Millis } from '#jobs/world.ts';
import type { SandboxRules } from '#local/sandbox/rules.ts';
import type { MemoryPayloadStore } from '#local/memory/payload-store.ts';
import type { Faults } from './faults.ts';
import type { Incarnation } from './incarnation.ts';
import type { Kernel } from './kernel.ts';
import type { StepScript } from './scripts.ts';
import type { SourcegraphNetwork } from './sourcegraph-network.ts';

export interface RunnerWorld {
  readonly kernel: Kernel;
  readonly faults: Faults;
  readonly rules: SandboxRules;
  readonly payloads: MemoryPayloadStore;
  readonly network: SourcegraphNetwork;
  /** A step container of this task was killed for memory. */
  outOfMemory(container: string): void;
  /** Seeded defect: what a step's end says is not waited for. */
  readonly sendsAndForgets: boolean;
  /** Seeded defect: a later attempt adds its entries beside those of the one before. */
  readonly addsAlways: boolean;
}

interface Entry {
  readonly key: string;
  readonly out: string;
  readonly exitCode?: number;
}

/** The ID of the entry that is in place, or why none is. */
type Said = number | 'unknown' | 'not-ours' | 'lost';

const SUPERSEDED: Entry = { key: 'superseded', out: '', exitCode: 0 };

/** Runs to its exit code; never returns once its incarnation is dead. */
export async function simulatedRunner(
  world: RunnerWorld,
  life: Incarnation,
  payloadUrl: string,
  terminated: AbortSignal,
): Promise<number> {
  const payload = await fetchPayload(world, life, payloadUrl);
  if (payload === undefined) return RUNNER_EXIT.setup;
  const run = new RunnerRun(world, life, payload, terminated);
  return run.toItsEnd();
}

async function fetchPayload(world: RunnerWorld, life: Incarnation, url: string): Promise<Payload | undefined> {
  for (let tries = 0; tries < 5; tries++) {
    const fetched = await life.call<{ readonly json: string | undefined } | 'lost'>({
      label: 'GET payload',
      latency: [5, 40],
      fate: world.faults.strikes('store-unavailable') ? 'lost-answer' : 'ok',
      timeout: 3_000,
      effect: () => ({ json: world.payloads.fetchPayload(url) }),
      lost: () => 'lost',
    });
    if (fetched === 'lost') continue;
    const { json } = fetched;
    if (json === undefined) return undefined;
    await life.call<undefined>({
      label: 'DELETE payload',
      latency: [5, 40],
      fate: 'ok',
      timeout: 3_000,
      effect: () => {
        world.payloads.forgetPayload(url);
        return undefined;
      },
      lost: () => undefined,
    });
    return PayloadSchema.parse(JSON.parse(json));
  }
  return undefined;
}

class RunnerRun {
  private readonly world: RunnerWorld;
  private readonly life: Incarnation;
  private readonly payload: Payload;
  /** SIGTERM, or the run time limit. */
  private readonly stopped: AbortSignal;
  private readonly limit = new AbortController();
  /** Entry that was put in place last, and the highest that the instance is known to have. */
  private lastId = 0;
  private highestId: number;
  /** An earlier attempt may have added entries that nobody has counted. */
  private readonly uncounted: boolean;
  /** The next entry may be there already: an update tells. */
  private mayExist: boolean;
  /** Entries between our own that somebody else added. */
  private readonly leftOver: number[] = [];
  private stepsStarted = false;
  private readonly cutOff: { readonly from: Millis; readonly until: Millis };

  constructor(world: RunnerWorld, life: Incarnation, payload: Payload, terminated: AbortSignal) {
    this.world = world;
    this.life = life;
    this.payload = payload;
    this.stopped = AbortSignal.any([terminated, this.limit.signal]);
    this.highestId = payload.logEntries;
    this.uncounted = payload.attemptNumber > 1 && !world.addsAlways;
    this.mayExist = (payload.logEntries > 0 && !world.addsAlways) || this.uncounted;
    const { faults, kernel } = world;
    const from = kernel.now + (faults.strikes('runner-cut-off') ? kernel.between(0, 60_000) : Infinity);
    this.cutOff = { from, until: from === Infinity ? from : from + kernel.between(5_000, 180_000) };
  }

  async toItsEnd(): Promise<number> {
    const over = new AbortController();
    void this.life.clock.sleep(this.payload.runtimeLimitMs, over.signal).then((end) => {
      if (end === 'slept') this.limit.abort();
    });
    const outcome = await this.steps();
    over.abort();
    if (outcome.kind === 'not-ours') return RUNNER_EXIT.notOurs;
    if (!this.world.addsAlways && (await this.supersede()) === 'not-ours') return RUNNER_EXIT.notOurs;
    await this.put(outcome);
    return runnerExitCode(outcome);
  }

  private async steps(): Promise<RunnerOutcome> {
    const { payload, life } = this;
    const setup = await this.entry({ key: 'setup.fs.extras', out: '', exitCode: 0 });
    if (setup === 'not-ours') return { kind: 'not-ours' };
    for (const [index, step] of payload.job.dockerSteps.entries()) {
      if (this.stopped.aborted) return this.cutShort();
      const script = JSON.parse(step.commands[0] ?? '{}') as StepScript & { readonly deaf: boolean };
      const key = `step.docker.${step.key}`;
      const id = await this.add({ key, out: 'stdout: starts\n' });
      if (id === 'not-ours') return { kind: 'not-ours' };
      this.stepsStarted = true;
      if (this.world.faults.strikes('result-forged')) this.forge();
      if (this.world.faults.strikes('step-oom')) {
        if ((await life.clock.sleep(script.ms / 2, this.stopped)) === 'aborted') return this.cutShort();
        return this.lostContainer(id, key, payload.stepContainers[index]?.container ?? '');
      }
      const end = await life.clock.sleep(script.ms, script.deaf ? undefined : this.stopped);
      const killed = end === 'aborted';
      const exit = killed ? -1 : script.exit;
      const said = await this.update(id, { key, out: 'stdout: starts\nstdout: ends\n', exitCode: exit });
      if (said === 'not-ours') return { kind: 'not-ours' };
      if (killed) return this.cutShort();
      if (exit !== 0)
        return { kind: 'failed', errorMessage: `running command "${key}": command failed with exit code ${exit}` };
      const cached = `stdout: ${JSON.stringify({ operation: 'CACHE_AFTER_STEP_RESULT', status: 'SUCCESS', metadata: { key: `k-step-${index}`, value: { stepIndex: index } } })}\n`;
      const post = await this.entry({ key: `step.docker.step.${index}.post`, out: cached, exitCode: 0 });
      if (post === 'not-ours') return { kind: 'not-ours' };
    }
    return { kind: 'completed' };
  }

  /** The kernel has killed the step container: the runner sees it gone, and not why. */
  private async lostContainer(id: number, key: string, container: string): Promise<RunnerOutcome> {
    this.world.outOfMemory(container);
    const said = await this.update(id, { key, out: 'stdout: starts\n', exitCode: -1 });
    if (said === 'not-ours') return { kind: 'not-ours' };
    return { kind: 'container-lost', container, errorMessage: `step container ${container} is gone` };
  }

  private cutShort(): RunnerOutcome {
    if (this.limit.signal.aborted) {
      return {
        kind: 'deadline',
        errorMessage: 'job exceeded maximum execution time of 4m0s: context deadline exceeded',
      };
    }
    return { kind: 'stopped', errorMessage: 'the task was asked to stop' };
  }

  private async entry(entry: Entry): Promise<number | 'not-ours' | 'not-awaited'> {
    const added = this.add(entry);
    return this.world.sendsAndForgets ? 'not-awaited' : added;
  }

  /**
   * Puts an entry in place through any number of lost answers, and tells its ID. One that may be there already (an
   * earlier attempt's, or our own whose answer was lost) is updated, and added only when the instance does not know it.
   * As in runner/log-entries, the answered ID counts: the dispatcher's entry may have come in after the payload's count.
   */
  private async add(entry: Entry): Promise<number | 'not-ours'> {
    for (let tries = 0; ; tries++) {
      const next = this.lastId + 1;
      const said = await this.send(this.mayExist ? next : 'next', entry);
      if (said === 'not-ours') return said;
      if (typeof said === 'number') {
        for (let id = next; id < said; id++) this.leftOver.push(id);
        this.lastId = said;
        if (this.mayExist) this.mayExist = this.uncounted || said < this.highestId;
        this.highestId = Math.max(this.highestId, said);
        return said;
      }
      this.mayExist = said === 'lost';
      await this.pause(tries);
    }
  }

  private async update(id: number, entry: Entry): Promise<'ok' | 'not-ours'> {
    const said = await this.overwrite(id, entry);
    // What we have added is there, so it is the job that the instance does not know.
    return said === 'ok' ? 'ok' : 'not-ours';
  }

  private async overwrite(id: number, entry: Entry): Promise<'ok' | 'unknown' | 'not-ours'> {
    for (let tries = 0; ; tries++) {
      const said = await this.send(id, entry);
      if (typeof said === 'number') return 'ok';
      if (said !== 'lost') return said;
      await this.pause(tries);
    }
  }

  /** What others left between our own entries and behind them is overwritten. */
  private async supersede(): Promise<'superseded' | 'not-ours'> {
    for (const id of this.leftOver) if ((await this.overwrite(id, SUPERSEDED)) === 'not-ours') return 'not-ours';
    for (let id = this.lastId + 1; id <= this.highestId || (this.mayExist && this.uncounted); id++) {
      const said = await this.overwrite(id, SUPERSEDED);
      if (said === 'not-ours') return said;
      // The list ends here.
      if (said === 'unknown') {
        this.highestId = id - 1;
        return 'superseded';
      }
      this.highestId = Math.max(this.highestId, id);
    }
    return 'superseded';
  }

  private pause(tries: number): Promise<unknown> {
    return this.life.clock.sleep(Math.min(10_000, 200 * 2 ** tries));
  }

  private send(to: number | 'next', entry: Entry): Promise<Said> {
    const { world, payload, life } = this;
    const { kernel, faults, rules } = world;
    const identity = {
      ...(payload.job.token === undefined ? {} : { jobToken: payload.job.token }),
      jobId: payload.job.id,
      executorName: payload.executorName,
    };
    const full = { ...entry, command: null, startTime: '2027-01-15T08:00:00Z' };
    const weather = world.network.draw();
    const cutOff = this.cutOff.from <= kernel.now && kernel.now < this.cutOff.until && !faults.over;
    return life.call<Said>({
      label: `${to === 'next' ? 'add' : `update ${to}`} ${entry.key}${entry.exitCode === undefined ? '' : ` exit ${entry.exitCode}`}`,
      latency: weather.latency,
      fate: cutOff ? 'lost-request' : weather.fate,
      // Never shorter than the slowest answer: a request that takes effect after its client has given up and looked would
      // add an entry twice, and the protocol has nothing against that.
      timeout: Math.min(weather.timeout, 15_000),
      effect: () => {
        const answer =
          to === 'next'
            ? rules.addLogEntry(payload.queue, identity, full)
            : rules.updateLogEntry(payload.queue, identity, to, full);
        // An add is unknown only when the job is not ours; an update also when there is no such entry yet.
        if (answer.kind === 'error') return answer.status === 500 && to !== 'next' ? 'unknown' : 'not-ours';
        const id = answer.kind === 'added' ? answer.entryId : Number(to);
        kernel.note(`${life.name} entry ${id} is in`);
        return id;
      },
      lost: () => 'lost',
      show: String,
    });
  }

  /** What hostile steps may try: an object in the place of the result. */
  private forge(): void {
    const { attempt, attemptNumber } = this.payload;
    const stale = attempt.replace(/\d+$/, String(attemptNumber + 1));
    const other = attempt.replace(/\/\d+\//, '/999999/');
    const claim = (v: number, name: string): string =>
      JSON.stringify({ ...this.result({ kind: 'completed' }), v, attempt: name });
    const forged = ['no JSON at all', '{"v":1', claim(1, stale), claim(1, other), claim(99, attempt)];
    this.world.payloads.putResult(this.payload.links.result, this.world.kernel.pick(forged));
  }

  private async put(outcome: RunnerOutcome): Promise<void> {
    const { world, life, payload } = this;
    if (world.faults.strikes('result-lost')) return;
    const result = this.result(outcome);
    await life.call<string>({
      label: `PUT result ${outcome.kind}`,
      latency: [5, 40],
      fate: 'ok',
      timeout: 3_000,
      effect: () => world.payloads.putResult(payload.links.result, JSON.stringify(result)),
      lost: () => 'lost',
      show: (answer) => answer,
    });
  }

  /** Of the payload's own version of the code: `v` is carried over. */
  private result(outcome: RunnerOutcome): JobResult {
    return {
      v: this.payload.v,
      attempt: this.payload.attempt,
      outcome,
      logEntries: this.highestId,
      stepsStarted: this.stepsStarted,
      logBytesSent: 100 * this.highestId,
      durationMs: 1,
    };
  }
}
