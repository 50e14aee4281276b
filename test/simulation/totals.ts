// What came out of many worlds, counted in the order of their seeds, so that a run that was broken off knows exactly
// which ones it has counted.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import type { SeedReport } from './run-seed.ts';

const CountedSchema = z.strictObject({
  first: z.int().positive(),
  jobs: z.int().positive(),
  /** Seeds from the first on that are counted. */
  counted: z.int().nonnegative(),
  ends: z.record(z.string(), z.number()),
  failed: z.array(z.int()),
  events: z.number(),
  simulatedMs: z.number(),
  /** Longest heartbeat gap in worlds of one kind of fault at most. */
  gapMax: z.number(),
  marks: z.number(),
  resets: z.number(),
  cpuSeconds: z.number(),
});
export type Counted = z.infer<typeof CountedSchema>;

export const nothingCounted = (first: number, jobs: number): Counted => ({
  first,
  jobs,
  counted: 0,
  ends: {},
  failed: [],
  events: 0,
  simulatedMs: 0,
  gapMax: 0,
  marks: 0,
  resets: 0,
  cpuSeconds: 0,
});

/** Undefined: there is no such file yet. Throws over one that is no such count. */
export function readProgress(file: string): Counted | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return CountedSchema.parse(JSON.parse(text));
}

export function writeProgress(file: string, counted: Counted): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(counted, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export class Totals {
  counted: Counted;
  private readonly early = new Map<number, SeedReport>();

  constructor(counted: Counted) {
    this.counted = counted;
  }

  add(report: SeedReport): void {
    this.early.set(report.seed, report);
    for (;;) {
      const next = this.early.get(this.counted.first + this.counted.counted);
      if (next === undefined) return;
      this.early.delete(next.seed);
      this.counted = plus(this.counted, next);
    }
  }

  text(): string {
    const { counted, jobs, ends, events, failed, gapMax, marks, resets, cpuSeconds, simulatedMs } = this.counted;
    const lives = counted * jobs;
    const rate = cpuSeconds === 0 ? 0 : Math.round(lives / cpuSeconds);
    return [
      `${lives} job lives in ${counted} worlds, ${events} events, ${(simulatedMs / 3_600_000).toFixed(0)} simulated hours`,
      `ends ${JSON.stringify(ends)}, ${marks} accepted marks, ${resets} jobs given out again`,
      `longest heartbeat gap under a single kind of fault: ${gapMax} ms; ${rate} lives per CPU second`,
      failed.length === 0 ? 'PASSED' : `FAILED: seeds ${failed.join(', ')}`,
    ].join('\n');
  }
}

function plus(counted: Counted, report: SeedReport): Counted {
  const ends = { ...counted.ends };
  for (const [state, times] of Object.entries(report.ends)) ends[state] = (ends[state] ?? 0) + times;
  const single = Object.keys(report.menu).length <= 1;
  return {
    ...counted,
    ends,
    counted: counted.counted + 1,
    failed: report.violation === undefined ? counted.failed : [...counted.failed, report.seed],
    events: counted.events + report.events,
    simulatedMs: counted.simulatedMs + report.simulatedMs,
    gapMax: single ? Math.max(counted.gapMax, report.heartbeatGapMax) : counted.gapMax,
    marks: counted.marks + report.marks,
    resets: counted.resets + report.resets,
    cpuSeconds: counted.cpuSeconds + report.cpuSeconds,
  };
}
