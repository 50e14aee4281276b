// Measures the program and prints the figures beside their goals.
//
//   npm run bench -- [--only idle,job-cost,...] [--jobs 200] [--memory-jobs 2000] [--inputs 1000000] [--seed 1] [--check]
//
// `docker` wants a Docker engine with the images of the tests: test/engines/with-docker-engine.sh npm run bench -- --only docker
// `--check`: exit code 1 when a goal is missed. Ratios are taken within one run, so that any machine will do.
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

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    jobs: { type: 'string', default: '200' },
    'memory-jobs': { type: 'string', default: '2000' },
    inputs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    check: { type: 'boolean', default: false },
  },
});

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

const chosen = values.only?.split(',') ?? Object.keys(BENCHES);
const measures: Measure[] = [];
for (const name of chosen) {
  const bench = BENCHES[name];
  if (bench === undefined) throw new Error(`no bench ${name}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.stderr.write(`${name} ...\n`);
  measures.push(...(await bench()));
}
process.stdout.write(`${table(measures)}\n`);
if (values.check && measures.some(isMissed)) process.exitCode = 1;
