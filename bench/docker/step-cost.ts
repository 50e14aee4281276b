// What a step costs in a step container that waits for it, against a `docker run` for each step.
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { STEP_ENTRY_POINT } from '#jobs/task-definition.ts';
import { AgentContainer } from '#runner/agent-container.ts';
import { prepareControls } from '#runner/agent-control.ts';
import type { RealJobs } from '#test/engines/real-job.ts';
import type { Measure } from '../measure.ts';
import { STEP_IMAGE } from './reference.ts';
import { median, shown, timed } from './times.ts';

const run = promisify(execFile);

const ROUNDS = 5;
const RUNS_A_ROUND = 3;
const STEPS_A_ROUND = 40;
/** Above nine, so that all steps of an image share one container. */
const STEPS_OF_JOB = 100;

const STEP_MS_MAX = 10;
const TIMES_LESS_MIN = 25;

export async function stepCost(jobs: RealJobs): Promise<readonly Measure[]> {
  const dockerRuns: number[] = [];
  const agentSteps: number[] = [];
  const waiting = await startWaitingContainer();
  try {
    await waiting.step();
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < RUNS_A_ROUND; i++) dockerRuns.push(await timed(dockerRun));
      for (let i = 0; i < STEPS_A_ROUND; i++) agentSteps.push(await timed(waiting.step));
    }
  } finally {
    await waiting.remove();
  }
  const jobStep = await stepOfJob(jobs);
  const [ran, step] = [median(dockerRuns), median(agentSteps)];
  return [
    { name: '`docker run --rm IMAGE sh -c true`', value: shown(dockerRuns) },
    {
      name: 'the same as a step in a waiting container',
      value: shown(agentSteps),
      goal: { text: `<= ${STEP_MS_MAX} ms`, met: step <= STEP_MS_MAX },
    },
    {
      name: 'how many times less',
      value: (ran / step).toFixed(0),
      goal: { text: `>= ${TIMES_LESS_MIN}`, met: ran / step >= TIMES_LESS_MIN },
    },
    {
      name: `a step of a job of ${STEPS_OF_JOB}, with its script and its log entry`,
      value: `${jobStep.toFixed(1)} ms, ${(ran / jobStep).toFixed(0)} times less`,
    },
  ];
}

const dockerRun = (): Promise<unknown> => run('docker', ['run', '--rm', STEP_IMAGE, 'sh', '-c', 'true']);

interface WaitingContainer {
  readonly step: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** A step container as the engine starts it, driven by the step-runner's own code. */
async function startWaitingContainer(): Promise<WaitingContainer> {
  const control = mkdtempSync(path.join(tmpdir(), 'bench-control-'));
  // A step's user may be anyone.
  chmodSync(control, 0o755);
  await prepareControls([control]);
  const [shell = '', ...words] = STEP_ENTRY_POINT;
  const mount = `${control}:/control`;
  const { stdout } = await run('docker', ['run', '-d', '-v', mount, '--entrypoint', shell, STEP_IMAGE, ...words]);
  const container = new AgentContainer({ name: 'step-0', control, startTimeoutMs: 20_000 });
  const { signal } = new AbortController();
  const wish = { command: ['sh', '-c', 'true'], workingDirectory: '/', environment: {} };
  return {
    step: async () => {
      const end = await container.run(wish, () => undefined, signal);
      if (end.kind !== 'exited' || end.exitCode !== 0) throw new Error(`the step ended so: ${JSON.stringify(end)}`);
    },
    remove: async () => {
      container.close();
      await run('docker', ['rm', '-fv', stdout.trim()]);
      rmSync(control, { recursive: true });
    },
  };
}

/** Milliseconds of one of many, by the log entries of a whole job: from the first one's start to the last one's end. */
async function stepOfJob(jobs: RealJobs): Promise<number> {
  const job = await jobs.run(Array.from({ length: STEPS_OF_JOB }, () => ({ image: STEP_IMAGE, commands: ['true'] })));
  const steps = job.logs.filter(({ key }) => key.startsWith('step.docker.'));
  const [first, last] = [steps[0], steps.at(-1)];
  if (job.state !== 'completed' || first === undefined || last === undefined)
    throw new Error(`a job of ${STEPS_OF_JOB} steps ended as ${job.state}: ${job.failureMessage ?? ''}`);
  const ms = Date.parse(last.startTime) + (last.durationMs ?? 0) - Date.parse(first.startTime);
  return ms / steps.length;
}
