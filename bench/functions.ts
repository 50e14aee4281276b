// What a Lambda costs before its first line of work: the size of its bundle, and the CPU time of importing it, which is
// most of a cold start.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFunctions, FUNCTIONS } from '#build/bundle.ts';
import { type Measure, within } from './measure.ts';

const RUNS = 5;
const BYTES_MAX = 1_000_000;
/** On a whole core; at 256 MB Lambda gives a seventh of one once a function is initialised, and a whole one before. */
const IMPORT_MS_MAX = 500;

export async function functions(): Promise<readonly Measure[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-functions-'));
  try {
    await bundleFunctions(folder);
    const node = leastCpu('');
    return FUNCTIONS.flatMap((name) => {
      const file = path.join(folder, name, 'index.mjs');
      const bytes = statSync(file).size;
      const importing = leastCpu(`await import(${JSON.stringify(pathToFileURL(file).href)});`) - node;
      return [
        {
          name: `${name}: bundle`,
          value: `${(bytes / 1000).toFixed(0)} kB`,
          goal: { text: '< 1000 kB', met: bytes < BYTES_MAX },
        },
        within(`${name}: CPU of its import`, importing, IMPORT_MS_MAX),
      ];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Milliseconds of CPU that a process uses for this; of several, the one that was disturbed least. */
function leastCpu(script: string): number {
  const report =
    'const{user,system}=process.cpuUsage();process.stdout.write(String((user+system)/1000));process.exit();';
  const runs = Array.from({ length: RUNS }, () =>
    Number(execFileSync(process.execPath, ['--input-type=module', '--eval', script + report], { encoding: 'utf8' })),
  );
  return Math.min(...runs);
}
