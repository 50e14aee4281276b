// The texts of a version 1 step that failed (`stepFailedErr` of src): what users read in the batch change's page.

export interface StepFailure {
  readonly run: string;
  readonly container: string;
  /** The script's name in the container; the shell puts it before its own messages. May be empty. */
  readonly scriptName: string;
  /** Both outputs come trimmed. */
  readonly stdout: string;
  readonly stderr: string;
  /** -1: no exit, but killed or never started. */
  readonly exitCode: number;
  /** Go's own text for it, like `exit status 1` or `signal: killed`. */
  readonly reason: string;
}

export function stepFailureText(failure: StepFailure): string {
  const [firstLine = '', ...otherLines] = failure.run.split('\n');
  const more = otherLines.length === 0 ? '' : `\n\t(... and ${otherLines.length} more lines)`;
  return [
    `run: ${firstLine}${more}\ncontainer: ${failure.container}\n`,
    outputSection('standard out', failure.stdout, failure.scriptName),
    outputSection('standard error', failure.stderr, failure.scriptName),
    failure.exitCode === -1
      ? `\nCommand failed: ${failure.reason}`
      : `\nCommand failed with exit code ${failure.exitCode}.`,
  ].join('');
}

/** The failure in one line: the first one of standard error, else Go's text. */
export function stepFailureLine(failure: StepFailure): string {
  const text = failure.stderr === '' ? failure.reason : failure.stderr;
  return text.split('\n', 1)[0] ?? '';
}

function outputSection(title: string, output: string, scriptName: string): string {
  if (output === '') return '';
  const lines = output
    .split('\n')
    .map((line) => `\t${scriptName === '' ? line : line.replaceAll(`${scriptName}: `, '')}\n`);
  return `\n${title}:\n${lines.join('')}`;
}
