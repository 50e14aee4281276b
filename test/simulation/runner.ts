// A simulated task's step-runner: the real code from payload to result, with its log entries, time limit and ends, on the
// kernel's clock and network. Only what it would do on a machine, cloning and running steps, is played by a script.
import { type JobResult, runnerExitCode } from '#jobs/job-result.ts';
import type { Payload } from '#jobs/payload.ts';
import { runAttempt, type RunningAttempt } from '#runner/attempt.ts';
import { interrupted, OK, type Outcome, within } from '#runner/command-outcome.ts';
import type { LogRoutes } from '#runner/log-entries/routes.ts';
import { runLogged } from '#runner/logged-command.ts';
import { payloadToResult } from '#runner/payload-to-result.ts';
import type { StepEnd, StepOutput } from '#runner/step-container.ts';
import type { Incarnation } from './incarnation.ts';
import { STORE_URL, TaskNetwork, type RunnerCores } from './runner-network.ts';
import { readStep, stepOutput, type TaskStep } from './scripts.ts';

export interface RunnerWorld extends RunnerCores {
  /** A step container of this task was killed for memory. */
  outOfMemory(container: string): void;
  /** Seeded defects: how Sourcegraph's log routes, or what the payload says, are misunderstood. */
  readonly mistakenRoutes?: ((routes: LogRoutes) => LogRoutes) | undefined;
  readonly mistakenPayload?: ((payload: Payload) => Payload) | undefined;
}

/** Resolves to its exit code; never once its incarnation is dead. */
export function simulatedRunner(
  world: RunnerWorld,
  life: Incarnation,
  payloadUrl: string,
  terminated: AbortSignal,
): Promise<number> {
  const { kernel, mistakenPayload = unmistaken<Payload>, mistakenRoutes = unmistaken<LogRoutes> } = world;
  const network = new TaskNetwork(world, life);
  // A killed incarnation says nothing more anyway.
  const kill = new AbortController().signal;
  return payloadToResult({
    payloadUrl,
    links: { transport: network.transport, clock: life.clock, random: { fraction: kernel.fraction } },
    runJob: async (payload) => {
      const steps = new ScriptedSteps(world, life, payload);
      const result = await runAttempt({
        payload: mistakenPayload(payload),
        clock: life.clock,
        routes: mistakenRoutes(network.logRoutes(payload)),
        stop: terminated,
        kill,
        carryOut: (running) => steps.carryOut(running),
        tearDown: ({ entries }) => {
          entries.begin('teardown.fs', null).end(0);
          return Promise.resolve();
        },
      });
      // Of the payload's own version of the code.
      const versioned: JobResult = { ...result, v: payload.v };
      kernel.note(`${life.name} ends: ${versioned.outcome.kind}, exit ${runnerExitCode(versioned.outcome)}`);
      return versioned;
    },
    stop: terminated,
    kill,
    say: (line) => kernel.note(`${life.name} says: ${line}`),
  });
}

const unmistaken = <T>(said: T): T => said;

class ScriptedSteps {
  private readonly world: RunnerWorld;
  private readonly life: Incarnation;
  private readonly payload: Payload;

  constructor(world: RunnerWorld, life: Incarnation, payload: Payload) {
    this.world = world;
    this.life = life;
    this.payload = payload;
  }

  async carryOut(running: RunningAttempt): Promise<Outcome> {
    const { entries, signal, stepStarting } = running;
    entries.begin('setup.fs.extras', null).end(0);
    for (const [index, { commands, key: name }] of this.payload.job.dockerSteps.entries()) {
      if (signal.aborted) return interrupted(signal);
      const key = `step.docker.${name}`;
      const step = readStep(commands);
      stepStarting();
      if (this.world.faults.strikes('result-forged')) this.forge();
      const run = (output: StepOutput, ended: AbortSignal): Promise<StepEnd> =>
        this.runStep(index, step, output, ended);
      const outcome = await runLogged(entries, { key, shown: [], run }, signal);
      if (outcome.kind !== 'ok') return within(`running command "${key}"`, outcome);
      const post = entries.begin(`step.docker.step.${index}.post`, []);
      post.output('stdout', Buffer.from(`${JSON.stringify(cachedResult(index))}\n`));
      post.end(0);
    }
    return OK;
  }

  private async runStep(index: number, step: TaskStep, output: StepOutput, ended: AbortSignal): Promise<StepEnd> {
    const { clock } = this.life;
    const startedAt = clock.now();
    const dies = this.world.faults.strikes('step-oom') ? step.ms / 2 : Infinity;
    for (const { atMs, line } of stepOutput(step)) {
      const until = startedAt + Math.min(atMs, dies);
      const slept = await clock.sleep(until - clock.now(), step.deaf ? undefined : ended);
      if (slept === 'aborted') return { kind: 'killed' };
      if (atMs >= dies) return this.outOfMemory(index);
      output('stdout', Buffer.from(`${line}\n`));
    }
    return { kind: 'exited', exitCode: step.exit, oomKilled: false };
  }

  /** The kernel has killed the step container: the step-runner sees it gone, and not why. */
  private outOfMemory(index: number): StepEnd {
    const container = this.payload.stepContainers[index]?.container ?? '';
    this.world.outOfMemory(container);
    return { kind: 'lost', container, why: `step container ${container} is gone` };
  }

  /** What hostile steps may try: an object in the place of the result. */
  private forge(): void {
    const { kernel, payloads } = this.world;
    const { attempt, attemptNumber, links } = this.payload;
    const stale = attempt.replace(/\d+$/, String(attemptNumber + 1));
    const other = attempt.replace(/\/\d+\//, '/999999/');
    const claim = (v: number, name: string): string =>
      JSON.stringify({
        v,
        attempt: name,
        outcome: { kind: 'completed' },
        logEntries: 3,
        stepsStarted: true,
        logBytesSent: 300,
        durationMs: 1,
      });
    const forged = ['no JSON at all', '{"v":1', claim(1, stale), claim(1, other), claim(99, attempt)];
    payloads.putResult(links.result.slice(STORE_URL.length), kernel.pick(forged));
  }
}

const cachedResult = (index: number): unknown => ({
  operation: 'CACHE_AFTER_STEP_RESULT',
  status: 'SUCCESS',
  metadata: { key: `k-step-${index}`, value: { stepIndex: index } },
});
