// The batches programs that the step-runner carries out itself: `batcheshelper` in place of the helper's image, and
// `src batch exec` in place of src.
import { randomBytes } from 'node:crypto';
import { type CliStep, type DockerStep, inlineContent } from '#sourcegraph/job.ts';
import { runBatchExec } from './batches/batch-exec.ts';
import { APPLY_DIFF, runNativeStep } from './batches/native.ts';
import type { JobFileContent } from './batches/workspace-file.ts';
import { environmentRecord } from './docker-command.ts';
import type { JobContext } from './job-context.ts';
import { type CommandEnd, failedToStart } from './logged-command.ts';
import type { StepOutput } from './step-container.ts';

const HELPER = 'batcheshelper';

export async function runHelperStep(
  context: JobContext,
  step: DockerStep,
  output: StepOutput,
  signal: AbortSignal,
): Promise<CommandEnd> {
  const args = helperArguments(step);
  if (args === undefined) {
    return failedToStart(`step "${step.key}" has no container in this task, and is none that the executor does itself`);
  }
  // The reference's script echoes its commands.
  for (const line of step.commands) output('stderr', Buffer.from(`+ ${line}\n`));
  const { paths, clock, hostCommand } = context;
  const environment = environmentOf(context, step.env);
  return runNativeStep({ args, paths, jobFile: jobFileOf(context), environment, hostCommand, output, signal, clock });
}

/** The helper's command line, or the name of the step that applies a cached diff. */
function helperArguments(step: DockerStep): readonly string[] | undefined {
  if (step.key === APPLY_DIFF) return [APPLY_DIFF];
  const words = step.commands.length === 1 ? (step.commands[0] ?? '').trim().split(/\s+/) : [];
  // Words with quotes would need a shell; no instance sends any.
  return words[0] === HELPER && !words.some((word) => /['"\\$`;|&<>]/.test(word)) ? words : undefined;
}

export function isBatchExec({ command }: CliStep): boolean {
  return command[0] === 'batch-exec' || (command[0] === 'batch' && command[1] === 'exec');
}

export function runBatchExecStep(
  context: JobContext,
  step: CliStep,
  output: StepOutput,
  signal: AbortSignal,
): Promise<CommandEnd> {
  const { payload, paths, clock, hostCommand, stepContainers, stepStarting } = context;
  const nameOf = new Map(payload.stepContainers.map(({ stepIndex, container }) => [stepIndex, container]));
  return runBatchExec({
    args: step.command,
    paths,
    jobFile: jobFileOf(context),
    environment: environmentOf(context, step.env),
    containers: (stepIndex) => stepContainers.get(nameOf.get(stepIndex) ?? ''),
    output,
    hostCommand,
    signal,
    clock,
    taskId: randomBytes(8).toString('hex'),
    stepStarting,
  });
}

function jobFileOf({ payload: { job } }: JobContext): JobFileContent {
  return (name) => {
    const content = job.files[name]?.content;
    const bytes = content === undefined ? 'not-base64' : inlineContent(job.version, content);
    return bytes === 'not-base64' ? undefined : bytes;
  };
}

/** A step of the batch spec gets the job's own identity only if it declares these by bare name; the job's values win. */
function environmentOf({ access }: JobContext, variables: readonly string[]): Record<string, string> {
  return {
    ...(access.token === undefined ? {} : { SRC_EXECUTOR_JOB_TOKEN: access.token }),
    SRC_EXECUTOR_JOB_ID: String(access.jobId),
    SRC_EXECUTOR_NAME: access.executorName,
    ...environmentRecord(variables),
  };
}
