// The command line of `src batch exec`, and of `batch-exec`, the instance's internal program of the same work. src-cli's
// cmd/src/batch_exec.go.
import { parseDuration } from '../go/duration.ts';
import { parseFlags, type FlagSpec } from '../go/flags.ts';

export interface ExecArguments {
  readonly kind: 'arguments';
  readonly program: 'src' | 'batch-exec';
  readonly file: string;
  readonly repository: string;
  readonly temporary: string;
  /** Where mounts come from; empty is the working directory. */
  readonly workspaceFiles: string;
  readonly binaryDiffs: boolean;
  /** Of all steps together. */
  readonly timeoutNanos: bigint;
}

export type ParsedExecArguments =
  /** `message` is standard error as it stands. */
  ExecArguments | { readonly kind: 'refused'; readonly exitCode: number; readonly message: string };

const DEFAULT_TIMEOUT = '60m';

const FLAGS: Readonly<Record<string, FlagSpec>> = {
  f: { kind: 'text' },
  repo: { kind: 'text' },
  tmp: { kind: 'text' },
  workspaceFiles: { kind: 'text' },
  binaryDiffs: { kind: 'bool' },
  timeout: { kind: 'text', check: (value) => (parseDuration(value).kind === 'error' ? 'parse error' : undefined) },
  // Steps here have their image's user or root by their task definition, which is made before.
  'run-as-image-user': { kind: 'bool' },
  // Of older versions, without a meaning since.
  sourcegraphVersion: { kind: 'text' },
  cache: { kind: 'text' },
};
const USAGE = "Usage: 'src batch exec' -f FILE -repo DIR -tmp DIR [command options]\n";

/** `args` begin with the program: `src batch exec`, `batch exec` or `batch-exec`. */
export function parseExecArguments(args: readonly string[]): ParsedExecArguments {
  const program = args[0] === 'batch-exec' ? 'batch-exec' : 'src';
  const words = program === 'batch-exec' ? 1 : args[0] === 'src' ? 3 : 2;
  const flags = parseFlags(args.slice(words), FLAGS);
  if (flags.kind === 'help') return { kind: 'refused', exitCode: 0, message: USAGE };
  if (flags.kind === 'error') return { kind: 'refused', exitCode: 2, message: `${flags.message}\n${USAGE}` };
  if (flags.rest.length > 0) {
    return { kind: 'refused', exitCode: 2, message: `error: additional arguments not allowed\n${USAGE}` };
  }
  const value = (name: string): string => flags.values.get(name) ?? '';
  for (const [name, what] of [
    ['f', 'input file'],
    ['tmp', 'tempDir'],
    ['repo', 'repoDir'],
  ] as const) {
    if (value(name) === '') return { kind: 'refused', exitCode: 1, message: exitMessage(`${what} parameter missing`) };
  }
  const timeout = parseDuration(flags.values.get('timeout') ?? DEFAULT_TIMEOUT);
  return {
    kind: 'arguments',
    program,
    file: value('f'),
    repository: value('repo'),
    temporary: value('tmp'),
    workspaceFiles: value('workspaceFiles'),
    binaryDiffs: value('binaryDiffs') === 'true',
    timeoutNanos: timeout.kind === 'duration' ? timeout.nanos : 0n,
  };
}

/** How src prints the error that ended it. */
export const exitMessage = (message: string): string => `${message} (exit code: 1)\n`;
