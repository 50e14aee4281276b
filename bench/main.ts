// Measures the program and prints the figures beside their goals; see HELP.
import { parseArgs } from 'node:util';
import { largeDiff, templates } from './batches.ts';
import { docker } from './docker/docker.ts';
import { functions } from './functions.ts';
import { idle } from './idle.ts';
import { jobCost } from './job-cost.ts';
import { launches } from './launches.ts';
import { logBytes } from './log-bytes.ts';
import { isMissed, type Measure, table } from './measure.ts';
import { memory } from './memory.ts';
import { randomInputs } from './random-inputs.ts';
import { workspaces } from './workspaces.ts';

const HELP = `npm run bench -- [options]

Measures the program and prints each figure beside its goal. Ratios are taken within one run, so that any machine will do.

  --only A,B          some of the measures: docker, functions, idle, job-cost, log-bytes, memory, templates, launches,
                      large-diff, workspaces, random-inputs. docker wants an engine with the images of the tests:
                      test/engines/with-docker-engine.sh npm run bench -- --only docker
  --jobs N            of job-cost (200)
  --memory-jobs N     of memory (2000)
  --inputs N          of random-inputs (1000000)
  --seed N            of random-inputs (1)
  --check             exit code 1 when a goal is missed
  --help              this text
`;

const values = commandLine();

function commandLine() {
  try {
    return parseArgs({
      options: {
        only: { type: 'string' },
        jobs: { type: 'string', default: '200' },
        'memory-jobs': { type: 'string', default: '2000' },
        inputs: { type: 'string', default: '1000000' },
        seed: { type: 'string', default: '1' },
        check: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    // parseArgs throws for what the user typed, and only for that.
    fail(error instanceof Error ? error.message : String(error));
  }
}

function fail(message: string): never {
  process.stderr.write(`${message}; --help lists the options\n`);
  process.exit(2);
}

const BENCHES: Readonly<Record<string, () => readonly Measure[] | Promise<readonly Measure[]>>> = {
  docker: () => docker(process.env),
  functions,
  idle,
  'job-cost': () => jobCost(Number(values.jobs)),
  'log-bytes': logBytes,
  memory: () => memory(Number(values['memory-jobs'])),
  templates,
  launches,
  'large-diff': largeDiff,
  workspaces,
  'random-inputs': () => randomInputs(Number(values.inputs), Number(values.seed)),
};

if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const chosen = values.only?.split(',') ?? Object.keys(BENCHES);
const measures: Measure[] = [];
for (const name of chosen) {
  const bench = BENCHES[name];
  if (bench === undefined) fail(`--only ${name}: there is no such measure`);
  process.stderr.write(`${name} ...\n`);
  measures.push(...(await bench()));
}
process.stdout.write(`${table(measures)}\n`);
if (values.check && measures.some(isMissed)) process.exitCode = 1;
