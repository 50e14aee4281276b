// `npm run simulate`: worlds on all cores, what came out of them, and for each failure the command that shows it again.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { HELP, parseArguments, type SimulateOptions } from './arguments.ts';
import { menuText, runSeed, type SeedReport } from './run-seed.ts';
import { nothingCounted, readProgress, Totals, writeProgress } from './totals.ts';

interface Order {
  readonly seed: number;
  readonly jobs: number;
}

const PROGRESS_MS = 2_000;

function tellFailure({ menu, seed, violation = '' }: SeedReport, jobs: number): void {
  console.log(`seed ${seed}: ${violation}\n  faults: ${menuText(menu)}`);
  console.log(`  shown again by: npm run simulate -- --jobs ${jobs} --seed ${seed} --trace`);
}

/** What an earlier call with this file has counted, or nothing. */
function beginning({ first, jobs, progress }: SimulateOptions): Totals {
  const before = progress === undefined ? undefined : readProgress(progress);
  if (before !== undefined && before.jobs !== jobs)
    throw new Error(
      `${progress ?? ''} counts worlds of ${before.jobs} jobs: give --jobs ${before.jobs}, or another file`,
    );
  const totals = new Totals(before ?? nothingCounted(first, jobs));
  // A file that cannot be written is found out before hours of work.
  if (progress !== undefined) writeProgress(progress, totals.counted);
  return totals;
}

async function many(options: SimulateOptions, totals: Totals, stopped: AbortSignal): Promise<void> {
  const { jobs, progress, seeds, workers } = options;
  const { first } = totals.counted;
  let next = first + totals.counted.counted;
  const started = Date.now();
  let told = 0;
  const tell = (): void => {
    const { counted, failed } = totals.counted;
    const line = `${counted} of ${seeds} worlds, ${failed.length} failed, ${((Date.now() - started) / 1000).toFixed(0)} s`;
    process.stderr.write(process.stderr.isTTY ? `\r${line} ` : `${line}\n`);
    if (progress !== undefined) writeProgress(progress, totals.counted);
  };
  const order = (): Order | undefined =>
    next < first + seeds && !stopped.aborted ? { seed: next++, jobs } : undefined;
  const report = (done: SeedReport): void => {
    if (done.violation !== undefined) tellFailure(done, jobs);
    totals.add(done);
    const pause = process.stderr.isTTY ? PROGRESS_MS : 10 * PROGRESS_MS;
    if (Date.now() - started < told * pause) return;
    told += 1;
    tell();
  };
  await Promise.all(Array.from({ length: workers }, () => inWorker(order, report)));
  tell();
  if (process.stderr.isTTY) process.stderr.write('\n');
}

function inWorker(order: () => Order | undefined, report: (report: SeedReport) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url));
    const give = (): void => worker.postMessage(order());
    worker.on('message', (done: SeedReport) => {
      report(done);
      give();
    });
    worker.once('error', reject);
    worker.once('exit', () => resolve());
    give();
  });
}

async function one({ first, jobs, trace }: SimulateOptions, totals: Totals): Promise<void> {
  const report = await runSeed({ seed: first, jobs, trace });
  for (const line of report.trace) console.log(line);
  if (report.violation !== undefined) tellFailure(report, jobs);
  totals.add(report);
}

async function main(): Promise<number> {
  const parsed = parseArguments(process.argv.slice(2), Math.random);
  if (parsed.kind === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (parsed.kind === 'wrong') {
    console.error(`${parsed.message}\nnpm run simulate -- --help lists the options`);
    return 2;
  }
  const { options } = parsed;
  const totals = beginning(options);
  console.log(
    `seeds ${totals.counted.first} to ${totals.counted.first + options.seeds - 1}, ${options.jobs} jobs each`,
  );
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  if (options.seeds === 1) await one(options, totals);
  else await many(options, totals, stopping.signal);
  console.log(totals.text());
  if (stopping.signal.aborted) return 130;
  return totals.counted.failed.length === 0 ? 0 : 1;
}

if (isMainThread) {
  process.exitCode = await main().catch((error: unknown) => {
    console.error(error);
    return 3;
  });
} else {
  const port = parentPort;
  // Our own main thread sends orders, and nothing once there are none.
  port?.on('message', (order: Order | undefined) => {
    if (order === undefined) port.close();
    else void runSeed(order).then((report) => port.postMessage(report));
  });
}
