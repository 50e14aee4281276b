// The command line of `npm run simulate`.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export interface SimulateOptions {
  readonly first: number;
  readonly seeds: number;
  readonly jobs: number;
  readonly trace: boolean;
  readonly workers: number;
  readonly progress: string | undefined;
}

export type Parsed =
  | { readonly kind: 'options'; readonly options: SimulateOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

export const HELP = `npm run simulate -- [options]

Runs the real dispatch and completion code in simulated worlds: AWS, Sourcegraph and step-runners in virtual time, with
faults that each world's seed draws. The same seed, number of jobs and code give the same history.

  --seeds N       worlds to run (default 100; 1 with --seed)
  --jobs M        jobs in each world (default 50)
  --seed S        the first seed (default: drawn, and printed)
  --trace         prints the history of the world, a line a transition; for one seed
  --workers W     worlds at a time (default: a core each)
  --progress FILE keeps count in FILE, and goes on from there when it is called again with the same FILE
  --help          this text

Exit code: 0 all held; 1 something did not, and each such seed has been printed with the command that shows it again;
2 wrong arguments; 3 the simulation itself broke; 130 stopped by Ctrl-C.
`;

const OPTIONS = {
  seeds: { type: 'string' },
  jobs: { type: 'string' },
  seed: { type: 'string' },
  trace: { type: 'boolean', default: false },
  workers: { type: 'string' },
  progress: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const SEED_MAX = 1_000_000_000;

export function parseArguments(argv: readonly string[], draw: () => number): Parsed {
  try {
    const { values } = parseArgs({ args: [...argv], options: OPTIONS });
    if (values.help) return { kind: 'help' };
    const seeds = positive('seeds', values.seeds ?? (values.seed === undefined ? '100' : '1'));
    if (values.trace && seeds !== 1) throw new Error('--trace shows one world: give --seed and leave --seeds away');
    return {
      kind: 'options',
      options: {
        first: values.seed === undefined ? 1 + Math.floor(draw() * SEED_MAX) : positive('seed', values.seed),
        seeds,
        jobs: positive('jobs', values.jobs ?? '50'),
        trace: values.trace,
        workers: Math.min(seeds, positive('workers', values.workers ?? String(availableParallelism()))),
        progress: values.progress,
      },
    };
  } catch (error) {
    return { kind: 'wrong', message: error instanceof Error ? error.message : String(error) };
  }
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`--${name} must be a positive whole number, not ${JSON.stringify(text)}`);
}
