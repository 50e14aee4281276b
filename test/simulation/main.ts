// `npm run simulate -- --seeds N --jobs M [--seed S] [--trace]`: runs worlds, prints what came out, and for a failure the
// command that shows it again. Exit code 0: all held; 1: something did not; 2: wrong arguments.
import { parseArgs } from 'node:util';
import { menuText, runSeed, type SeedReport } from './run-seed.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    jobs: { type: 'string', default: '50' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});

function positive(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  console.error(`--${name} must be a positive whole number, not ${JSON.stringify(text)}`);
  process.exit(2);
}

const jobs = positive('jobs', values.jobs);
const first = values.seed === undefined ? 1 + Math.floor(Math.random() * 1_000_000_000) : positive('seed', values.seed);
const count = values.seed === undefined ? positive('seeds', values.seeds) : 1;
console.log(`SEED=${first} seeds=${count} jobs=${jobs}`);

const started = Date.now();
const failed: SeedReport[] = [];
const ends: Record<string, number> = {};
let events = 0;
let gap = 0;
for (let seed = first; seed < first + count; seed++) {
  const report = await runSeed({ seed, jobs, trace: values.trace });
  if (values.trace) console.log(report.trace.join('\n'));
  events += report.events;
  if (Object.keys(report.menu).length <= 1) gap = Math.max(gap, report.heartbeatGapMax);
  for (const [state, times] of Object.entries(report.ends)) ends[state] = (ends[state] ?? 0) + times;
  if (report.violation === undefined) continue;
  failed.push(report);
  console.log(`seed ${report.seed}: ${report.violation}\n  faults: ${menuText(report.menu)}`);
  console.log(
    `  you can reproduce this failure with: npm run simulate -- --jobs ${jobs} --seed ${report.seed} --trace`,
  );
}
const seconds = (Date.now() - started) / 1000;
const lives = Object.values(ends).reduce((sum, times) => sum + times, 0);
console.log(
  `${lives} job lives, ${events} events in ${seconds.toFixed(1)} s (${Math.round(lives / seconds)} lives/s); ends ${JSON.stringify(ends)}; longest heartbeat gap under a single fault ${gap} ms`,
);
console.log(failed.length === 0 ? 'PASSED' : `FAILED: ${failed.length} of ${count} seeds`);
process.exitCode = failed.length === 0 ? 0 : 1;
