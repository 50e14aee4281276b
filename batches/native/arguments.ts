// The command line of batcheshelper (`batcheshelper pre 0 -input input.json`): flags may stand anywhere, each with its
// value in the next argument. Sourcegraph's cmd/batcheshelper/main.go.
import { parseFlags, type FlagSpec } from '../go/flags.ts';
import { quote } from '../go/quote.ts';

export interface HelperArguments {
  readonly kind: 'arguments';
  readonly mode: 'pre' | 'post';
  readonly step: number;
  readonly input: string;
  /** Folder of the earlier steps' results; empty is the workspace. */
  readonly previousStepPath: string;
  readonly workspaceFiles: string;
}

export type ParsedArguments =
  HelperArguments | { readonly kind: 'refused'; readonly exitCode: number; readonly message: string };

const FLAGS: Readonly<Record<string, FlagSpec>> = {
  input: { kind: 'text' },
  previousStepPath: { kind: 'text' },
  workspaceFiles: { kind: 'text' },
};
/** As Go's package flag prints it for this program. */
const USAGE = `Usage: batcheshelper <pre|post> <step index> [OPTIONS]
OPTIONS:
  -input string
    \tThe input JSON file for the workspace execution. Defaults to "input.json". (default "input.json")
  -previousStepPath string
    \tThe path to the previous step's result file. Defaults to current working directory.
  -workspaceFiles string
    \tThe path to the workspace files. Defaults to "/job/workspace-files". (default "/job/workspace-files")
`;

/** `args` come without the program's name. */
export function parseHelperArguments(args: readonly string[]): ParsedArguments {
  const flagArguments: string[] = [];
  const others: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? '';
    if (!argument.startsWith('-')) {
      others.push(argument);
      continue;
    }
    flagArguments.push(...args.slice(at, at + 2));
    at += 1;
  }
  const flags = parseFlags(flagArguments, FLAGS);
  if (flags.kind === 'help') return { kind: 'refused', exitCode: 0, message: USAGE };
  if (flags.kind === 'error') return { kind: 'refused', exitCode: 2, message: `${flags.message}\n${USAGE}` };
  return programArguments(others, flags.values);
}

function programArguments(others: readonly string[], flags: ReadonlyMap<string, string>): ParsedArguments {
  const [mode, stepText, ...more] = others;
  if (mode === undefined || stepText === undefined) return refused('missing arguments');
  if (more.length > 0) return refused('too many arguments');
  if (mode !== 'pre' && mode !== 'post') return refused(`invalid mode ${quote(mode)}`);
  if (!/^\+?\d+$/.test(stepText)) {
    return refused(`failed to parse step: strconv.Atoi: parsing ${quote(stepText)}: invalid syntax`);
  }
  if (BigInt(stepText.replace('+', '')) >= 1n << 63n) {
    return refused(`failed to parse step: strconv.Atoi: parsing ${quote(stepText)}: value out of range`);
  }
  return {
    kind: 'arguments',
    mode,
    step: Number(stepText),
    input: flags.get('input') ?? 'input.json',
    previousStepPath: flags.get('previousStepPath') ?? '',
    workspaceFiles: flags.get('workspaceFiles') ?? '/job/workspace-files',
  };
}

const refused = (message: string): ParsedArguments => ({ kind: 'refused', exitCode: 1, message });
