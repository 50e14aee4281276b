// The site admin's own script, run in the workspace before the first step (EXECUTOR_VM_STARTUP_SCRIPT_PATH).
import { OK, within } from './command-outcome.ts';
import type { Outcome } from './command-outcome.ts';
import type { JobContext } from './job-context.ts';
import { runLogged } from './logged-command.ts';

export async function runSetupScript(context: JobContext): Promise<Outcome> {
  const { setupScript } = context.payload.options;
  if (setupScript === undefined) return OK;
  const argv = ['/bin/sh', '-c', setupScript] as const;
  const outcome = await runLogged(
    context.entries,
    {
      key: 'setup.startup-script',
      shown: argv,
      run: (output, signal) =>
        context.hostCommand(
          { argv, environment: context.hostEnvironment, workingDirectory: context.paths.job },
          output,
          signal,
        ),
    },
    context.signal,
  );
  return outcome.kind === 'ok' ? OK : within('failed to run startup script', outcome);
}
