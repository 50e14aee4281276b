// One command of the job with its log entry: the entry is there while the command runs, and ends with its exit code.
import { commandFailed, failed, interrupted, OK } from './command-outcome.ts';
import type { Outcome } from './command-outcome.ts';
import type { LogEntries } from './log-entries/log-entries.ts';
import type { StepEnd, StepOutput } from './step-container.ts';

export type CommandEnd =
  | StepEnd
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'not-started'; readonly message: string };

/** Go's words for a program that is not there. */
export const failedToStart = (why: string): CommandEnd => ({
  kind: 'not-started',
  message: `starting command: ${why}`,
});

export interface LoggedCommand {
  readonly key: string;
  /** As the log shows it. */
  readonly shown: readonly string[];
  run(output: StepOutput, signal: AbortSignal): Promise<CommandEnd>;
}

/** Exit codes in the entry, as in the reference: a killed command has -1, one that could not be started 0. */
const KILLED = -1;
const NOT_STARTED = 0;

export async function runLogged(entries: LogEntries, command: LoggedCommand, signal: AbortSignal): Promise<Outcome> {
  const entry = entries.begin(command.key, command.shown);
  const end = await command.run(
    (stream, bytes) => entry.output(stream, bytes),
    AbortSignal.any([signal, entry.broken]),
  );
  // A last line without a newline is read only now, and may break the entry.
  entry.closeStreams();
  if (signal.aborted || entry.problem !== undefined) {
    entry.end(end.kind === 'exited' && entry.problem === undefined ? end.exitCode : KILLED);
    return signal.aborted ? interrupted(signal) : failed(entry.problem ?? '');
  }
  switch (end.kind) {
    case 'exited':
      entry.end(end.exitCode);
      return end.exitCode === 0 ? OK : failed(commandFailed(end.exitCode) + memoryHint(end));
    case 'not-started':
      entry.note(end.message);
      entry.end(NOT_STARTED);
      return failed(end.message);
    case 'lost':
      entry.note(end.why);
      entry.end(KILLED);
      return { kind: 'container-lost', container: end.container, message: end.why };
    case 'killed':
      entry.end(KILLED);
      return failed(commandFailed(KILLED));
  }
}

function memoryHint(end: { readonly exitCode: number; readonly oomKilled?: boolean }): string {
  return end.oomKilled === true ? ' (the kernel killed a process of this step because memory ran out)' : '';
}
