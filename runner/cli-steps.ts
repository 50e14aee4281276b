// Carries out a job's cli steps. The only `src` command that jobs are made of is `batch exec`, which the step-runner does
// itself (and `batch-exec`, the instance's internal program of the same work); any other one is refused by name.
import type { CliStep } from '#sourcegraph/job.ts';
import { isBatchExec, runBatchExecStep } from './batch-steps.ts';
import { OK, within } from './command-outcome.ts';
import type { Outcome } from './command-outcome.ts';
import type { JobContext } from './job-context.ts';
import { type CommandEnd, failedToStart, runLogged } from './logged-command.ts';

export async function runCliSteps(context: JobContext): Promise<Outcome> {
  for (const [index, step] of context.payload.job.cliSteps.entries()) {
    const outcome = await runLogged(
      context.entries,
      {
        key: `step.src.${step.key === '' ? String(index) : step.key}`,
        shown: ['src', ...step.command],
        run: (output, signal) =>
          isBatchExec(step) ? runBatchExecStep(context, step, output, signal) : Promise.resolve(notCarriedOut(step)),
      },
      context.signal,
    );
    if (outcome.kind !== 'ok') return within('failed to perform src-cli step', outcome);
  }
  return OK;
}

function notCarriedOut({ command }: CliStep): CommandEnd {
  const shown = ['src', ...command.slice(0, 2)].join(' ');
  return failedToStart(
    `this executor does not have the program src; of its commands it carries out "src batch exec" only, not "${shown}"`,
  );
}
