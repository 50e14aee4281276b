// Carries out a job's docker steps one after the other: in their step containers, or by the step-runner itself where the
// step is the batches helper's.
import { holdsExecutorToken } from '#jobs/step-containers.ts';
import type { DockerStep } from '#sourcegraph/job.ts';
import { runHelperStep } from './batch-steps.ts';
import { straightened } from './batches/crossed-streams.ts';
import { failed, OK, within } from './command-outcome.ts';
import type { Outcome } from './command-outcome.ts';
import { shownCommand, stepRun } from './docker-command.ts';
import { isolatedPaths, prepareIsolated } from './isolated-step.ts';
import type { JobContext } from './job-context.ts';
import { type CommandEnd, failedToStart, runLogged } from './logged-command.ts';
import { takeSkipFile } from './skip-file.ts';
import type { StepOutput } from './step-container.ts';
import { rewriteScript, systemErrorsFail } from './workspace/files.ts';
import { makeFolderInside } from './workspace/write-inside.ts';

const KEY_PREFIX = 'step.docker.';

export async function runDockerSteps(context: JobContext): Promise<Outcome> {
  const { job } = context.payload;
  // The reference takes another way for jobs with cli steps: it words failures otherwise and ignores skip.json.
  const withCliSteps = job.cliSteps.length > 0;
  let skipTo: string | undefined;
  for (const [index, step] of job.dockerSteps.entries()) {
    const key = KEY_PREFIX + (step.key === '' ? String(index) : step.key);
    if (skipTo !== undefined && skipTo !== key) continue;
    skipTo = undefined;
    const outcome = await runDockerStep(context, key, index, step);
    if (outcome.kind !== 'ok') {
      return within(withCliSteps ? 'failed to perform docker step' : `running command "${key}"`, outcome);
    }
    if (withCliSteps || !key.endsWith('.pre')) continue;
    const skip = await takeSkipFile(context.paths.job);
    if (skip.kind === 'unreadable') return failed(`checking for skip file: ${skip.message}`);
    if (skip.kind === 'skip') skipTo = KEY_PREFIX + skip.nextStep;
  }
  return OK;
}

function runDockerStep(context: JobContext, key: string, index: number, step: DockerStep): Promise<Outcome> {
  const { payload, paths } = context;
  return runLogged(
    context.entries,
    {
      key,
      shown: shownCommand(payload.job, index, step, paths),
      run: (output, signal) => carryOut(context, index, step, output, signal),
    },
    context.signal,
  );
}

async function carryOut(
  context: JobContext,
  index: number,
  step: DockerStep,
  output: StepOutput,
  signal: AbortSignal,
): Promise<CommandEnd> {
  const { payload, paths, stepContainers } = context;
  const name = payload.stepContainers.find(({ stepIndex }) => stepIndex === index)?.container;
  if (name === undefined) return runHelperStep(context, step, output, signal);
  const container = stepContainers.get(name);
  if (container === undefined) {
    return { kind: 'lost', container: name, why: `step container ${name} is not part of this task` };
  }
  const isolated = holdsExecutorToken(step);
  const prepared = isolated
    ? await systemErrorsFail(() => prepareIsolated(context, name, index, step))
    : await prepareShared(context, index, step);
  if (prepared.kind !== 'ok') return failedToStart(prepared.message);
  context.stepStarting();
  const seen = isolated ? isolatedPaths(paths, name) : paths;
  return container.run(stepRun(payload, index, step, seen), straightened(step, output), signal);
}

async function prepareShared(context: JobContext, index: number, step: DockerStep): Promise<Outcome> {
  const script = await rewriteScript(context, index);
  if (script.kind === 'ok') await makeFolderInside(context.paths.job, step.dir);
  return script;
}
