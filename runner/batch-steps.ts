// The batches steps that the step-runner carries out itself, in place of the helper image's program.
import { failedToStart, type CommandEnd } from './logged-command.ts';
import { environmentRecord } from './docker-command.ts';
import type { DockerStep } from '#sourcegraph/job.ts';
import { APPLY_DIFF, runNativeStep } from './batches/native.ts';
import type { JobContext } from './job-context.ts';
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
  const { paths, clock } = context;
  return runNativeStep({ args, paths, environment: environmentRecord(step.env), output, signal, clock });
}

/** The helper's command line, or the name of the step that applies a cached diff. */
function helperArguments(step: DockerStep): readonly string[] | undefined {
  if (step.key === APPLY_DIFF) return [APPLY_DIFF];
  const words = step.commands.length === 1 ? (step.commands[0] ?? '').trim().split(/\s+/) : [];
  // Words with quotes would need a shell; no instance sends any.
  return words[0] === HELPER && !words.some((word) => /['"\\$`;|&<>]/.test(word)) ? words : undefined;
}
