// `npm run simulate -- --seeds N --jobs M [--seed S] [--trace] [--workers W]`: runs worlds on all cores, prints what came
// out, and for a failure the command that shows it again.
// Exit code 0: all held; 1: something did not; 2: wrong arguments; 3: the simulation itself broke.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { menuText, runSeed, type SeedReport } from './run-seed.ts';

interface Share {
  readonly first: number;
  readonly count: number;
  readonly stride: number;
  readonly jobs: number;
}

async function runShare({ first, count, stride, jobs }: Share, report: (report: SeedReport) => void): Promise<void> {
  for (let seed = first; seed < first + count; seed += stride) report(await runSeed({ seed, jobs }));
}

class Totals {
  readonly ends: Record<string, number> = {};
  failed = 0;
  events = 0;
  gapMax = 0;

  add(report: SeedReport, jobs: number): void {
    this.events += report.events;
    if (Object.keys(report.menu).length <= 1) this.gapMax = Math.max(this.gapMax, report.heartbeatGapMax);
    for (const [state, times] of Object.entries(report.ends)) this.ends[state] = (this.ends[state] ?? 0) + times;
    if (report.violation === undefined) return;
    this.failed += 1;
    console.log(`seed ${report.seed}: ${report.violation}\n  faults: ${menuText(report.menu)}`);
    console.log(
      `  you can reproduce this failure with: npm run simulate -- --jobs ${jobs} --seed ${report.seed} --trace`,
    );
  }

  print(seconds: number): void {
    const lives = Object.values(this.ends).reduce((sum, times) => sum + times, 0);
    const rate = Math.round(lives / seconds);
    console.log(`${lives} job lives, ${this.events} events in ${seconds.toFixed(1)} s (${rate} lives/s)`);
    console.log(`ends: ${JSON.stringify(this.ends)}; longest heartbeat gap under a single fault: ${this.gapMax} ms`);
    console.log(this.failed === 0 ? 'PASSED' : `FAILED: ${this.failed} seeds`);
  }
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  console.error(`--${name} must be a positive whole number, not ${JSON.stringify(text)}`);
  process.exit(2);
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      jobs: { type: 'string', default: '50' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      workers: { type: 'string', default: String(availableParallelism()) },
    },
  });
  return {
    jobs: positive('jobs', values.jobs),
    seeds: values.seed === undefined ? positive('seeds', values.seeds) : 1,
    first: values.seed === undefined ? 1 + Math.floor(Math.random() * 1e9) : positive('seed', values.seed),
    trace: values.trace,
    workers: positive('workers', values.workers),
  };
}

async function main(): Promise<void> {
  const { jobs, seeds, first, trace, workers } = readArguments();
  console.log(`SEED=${first} seeds=${seeds} jobs=${jobs}`);
  const totals = new Totals();
  const started = Date.now();
  if (seeds === 1) {
    const report = await runSeed({ seed: first, jobs, trace });
    if (trace) console.log(report.trace.join('\n'));
    totals.add(report, jobs);
  } else {
    const shares = Array.from({ length: Math.min(workers, seeds) }, (_, index) => ({
      first: first + index,
      count: seeds - index,
      stride: Math.min(workers, seeds),
      jobs,
    }));
    await Promise.all(shares.map((share) => inWorker(share, (report) => totals.add(report, jobs))));
  }
  totals.print((Date.now() - started) / 1000);
  process.exitCode = totals.failed === 0 ? 0 : 1;
}

function inWorker(share: Share, report: (report: SeedReport) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.on('message', report);
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}

if (isMainThread) {
  await main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 3;
  });
} else {
  // Sent by ourselves, just above.
  await runShare(workerData as Share, (report) => parentPort?.postMessage(report));
}
