// `npm run vectors [-- FOLDER] [--verbose] [--engine docker] [--only FILE]`: every vector file of the folder through the
// exported functions. One line a file, `file: passed/total`; exit code 1 when any case differs.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { inspect, parseArgs } from 'node:util';
import type { Adapter, AdapterOptions, VectorFile, Verdict } from './adapter.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    verbose: { type: 'boolean', default: false },
    engine: { type: 'string', default: 'process' },
    only: { type: 'string' },
    match: { type: 'string' },
  },
});
if (values.engine !== 'process' && values.engine !== 'docker') {
  console.error(`--engine ${values.engine}: expected process or docker`);
  process.exit(2);
}
const options: AdapterOptions = { engine: values.engine };
const folder = path.resolve(positionals[0] ?? path.join(import.meta.dirname, '..', 'vectors'));
const match = values.match;

let differing = 0;
for (const name of readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort()) {
  if (values.only !== undefined && values.only !== name && `${values.only}.json` !== name) continue;
  const adapterPath = path.join(import.meta.dirname, name.replace(/\.json$/, '.ts'));
  if (!existsSync(adapterPath)) {
    console.log(`${name}: no adapter of this name in test/vector-run`);
    differing += 1;
    continue;
  }
  const file = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as VectorFile;
  const { adapter } = (await import(adapterPath)) as { adapter: Adapter };
  const verdicts = await runFile(adapter, file);
  const passed = verdicts.filter(([, verdict]) => verdict.passed).length;
  const allowed = verdicts.filter(([, verdict]) => verdict.allowed !== undefined).length;
  console.log(
    `${name}: ${passed}/${verdicts.length}${allowed > 0 ? ` (${allowed} with a deliberate difference)` : ''}`,
  );
  differing += verdicts.length - passed;
  for (const [caseName, verdict] of verdicts) {
    if (verdict.passed || !values.verbose) continue;
    console.log(`  ${caseName}\n    expected ${show(verdict.expected)}\n    actual   ${show(verdict.actual)}`);
  }
}
process.exitCode = differing > 0 ? 1 : 0;

async function runFile(adapter: Adapter, file: VectorFile): Promise<[string, Verdict][]> {
  const waiting = file.cases
    .filter((testCase) => match === undefined || testCase.name.includes(match))
    .map((testCase, index) => ({ testCase, index }));
  const verdicts: [string, Verdict][] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      verdicts[next.index] = [next.testCase.name, await verdictOf(() => adapter.run(next.testCase, file, options))];
    }
  };
  await Promise.all(Array.from({ length: adapter.parallel ?? 1 }, worker));
  return verdicts;
}

async function verdictOf(run: () => Verdict | Promise<Verdict>): Promise<Verdict> {
  try {
    return await run();
  } catch (error) {
    return { passed: false, expected: 'no exception', actual: error };
  }
}

function show(value: unknown): string {
  return typeof value === 'string'
    ? JSON.stringify(value)
    : inspect(value, { depth: 12, breakLength: 160, maxStringLength: 4000 });
}
