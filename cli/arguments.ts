// The command line as data: the parser, `--help` and the errors come from the same rows.
import { parseArgs } from 'node:util';

interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** Shown in `--help` behind the name. */
  readonly value?: string;
  readonly help: string;
}

const OPTIONS = {
  spec: { type: 'string', value: 'FILE', help: 'run this batch spec instead of the example' },
  repo: {
    type: 'string',
    multiple: true,
    value: '[NAME=]SOURCE',
    help: 'a repository: a path or a git URL; may be given many times',
  },
  out: { type: 'string', value: 'DIR', help: 'write one patch per changeset and results.json there' },
  'env-file': {
    type: 'string',
    value: 'FILE',
    help: 'NAME=value lines for the `env: [NAME]` of steps, over the environment',
  },
  execution: { type: 'string', value: 'native|v1', help: 'how the instance hands out batches jobs (default native)' },
  'no-cache': { type: 'boolean', help: 'run every step, even if its result is cached' },
  'no-executor': { type: 'boolean', help: 'start the sandbox alone: its jobs wait for an executor that you start' },
  serve: { type: 'boolean', help: 'keep the sandbox Sourcegraph up after the run, until Ctrl-C' },
  port: { type: 'string', value: 'N', help: 'port of the sandbox on loopback (default: any free one)' },
  state: { type: 'string', value: 'DIR', help: 'where cached steps, clones and workspaces are kept (default .local)' },
  quiet: { type: 'boolean', help: 'no live step output' },
  settings: { type: 'boolean', help: 'print every EXECUTOR_* setting with its default and meaning' },
  help: { type: 'boolean', help: 'print this' },
} as const satisfies Record<string, Option>;

export interface Arguments {
  readonly spec: string | undefined;
  readonly repositories: readonly string[];
  readonly out: string | undefined;
  readonly envFile: string | undefined;
  readonly execution: 'native' | 'v1';
  readonly cache: boolean;
  readonly executor: boolean;
  readonly serve: boolean;
  readonly port: number;
  readonly state: string;
  readonly quiet: boolean;
}

export type ParsedArguments =
  | { readonly kind: 'run'; readonly arguments: Arguments }
  | { readonly kind: 'help' }
  | { readonly kind: 'settings' }
  | { readonly kind: 'usage'; readonly message: string };

/** `argv` without the program's own name. */
export function parseArguments(argv: readonly string[]): ParsedArguments {
  try {
    const { values } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: false });
    if (values.help === true) return { kind: 'help' };
    if (values.settings === true) return { kind: 'settings' };
    const execution = values.execution ?? 'native';
    if (execution !== 'native' && execution !== 'v1')
      return { kind: 'usage', message: `--execution ${execution}: expected native or v1` };
    const port = Number(values.port ?? '0');
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      return { kind: 'usage', message: `--port ${values.port ?? ''}: expected a number from 0 to 65535` };
    if (values.spec === undefined && values.repo !== undefined)
      return { kind: 'usage', message: '--repo goes with --spec: the example brings its own repositories' };
    if (values.spec !== undefined && values.repo === undefined)
      return { kind: 'usage', message: '--spec needs at least one --repo SOURCE to run over' };
    return {
      kind: 'run',
      arguments: {
        spec: values.spec,
        repositories: values.repo ?? [],
        out: values.out,
        envFile: values['env-file'],
        execution,
        cache: values['no-cache'] !== true,
        executor: values['no-executor'] !== true,
        serve: values.serve === true,
        port,
        state: values.state ?? '.local',
        quiet: values.quiet === true,
      },
    };
  } catch (error) {
    // parseArgs throws for what the user typed, and only for that.
    return {
      kind: 'usage',
      message: error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error),
    };
  }
}

export function helpText(): string {
  const rows = Object.entries<Option>(OPTIONS).map(
    ([name, option]) => [`--${name}${option.value === undefined ? '' : ` ${option.value}`}`, option.help] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    'npm start                                    run the example batch spec over example repositories',
    'npm start -- --spec FILE --repo SOURCE ...   run your own',
    'EXECUTOR_FRONTEND_URL=... npm start          be an executor of that Sourcegraph instance',
    '',
    'Options:',
    ...rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`),
    '',
    'To see the executor and Sourcegraph apart, in two terminals:',
    '  npm start -- --no-executor --serve         prints the settings for the other one',
    '',
    'Exit codes: 0 all went well; 1 a workspace failed, or an executor could not go on; 2 wrong arguments, settings or',
    'batch spec: nothing was started; 3 the instance refuses this executor; 130 stopped in the middle of work.',
  ].join('\n');
}
