// Every vector file of a folder through the exported functions; see HELP.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { connectDocker } from '#local/engines/docker/docker-client.ts';
import type { Adapter, AdapterOptions, VectorFile, Verdict } from './adapter.ts';

const HELP = `npm run vectors -- [FOLDER] [options]

Runs the vector files of FOLDER (default test/vectors): inputs and outputs of the real Go programs, through this project's
functions. One line a file, "file: passed/total". Exit code 1 when any case differs, 2 when it cannot run.

  --verbose          show the cases that differ: what is expected, and what came out
  --only FILE        one file, such as templates or templates.json
  --match TEXT       cases whose name holds TEXT
  --engine process   steps of batch-exec.json and helper.json are processes of this machine (the default)
  --engine docker    they are containers of the Docker engine at DOCKER_HOST, on this machine, with the images vectors/*,
                     which are made when missing. Without an engine, as root:
                     test/engines/with-docker-engine.sh npm run vectors -- --engine docker
  --help             this text
`;

const IMAGES = ['vectors/bash:1', 'vectors/sh:1', 'vectors/user:1'];

await main();

async function main(): Promise<void> {
  const { values, positionals } = commandLine();
  if (values.help) return void process.stdout.write(HELP);
  const folder = path.resolve(positionals[0] ?? path.join(import.meta.dirname, '..', 'vectors'));
  if (!existsSync(folder)) fail(`there is no folder ${folder}`);
  const { engine } = values;
  if (engine !== 'process' && engine !== 'docker') fail(`--engine ${engine}: expected process or docker`);
  if (engine === 'docker') await prepareDocker();
  const names = readdirSync(folder).filter((name) => name.endsWith('.json') && isWanted(name, values.only));
  if (names.length === 0) fail(`no vector file${values.only === undefined ? '' : ` ${values.only}`} in ${folder}`);
  let differing = 0;
  for (const name of names.sort()) {
    differing += await runFile(path.join(folder, name), { engine }, values.match, values.verbose);
  }
  process.exitCode = differing > 0 ? 1 : 0;
}

function commandLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        verbose: { type: 'boolean', default: false },
        engine: { type: 'string', default: 'process' },
        only: { type: 'string' },
        match: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

function fail(problem: string): never {
  process.stderr.write(`vectors: ${problem}\n\n${HELP}`);
  process.exit(2);
}

function isWanted(name: string, only: string | undefined): boolean {
  return only === undefined || only === name || `${only}.json` === name;
}

async function prepareDocker(): Promise<void> {
  const answer = await connectDocker(process.env);
  if (answer.kind === 'unavailable') fail(`--engine docker: ${answer.message}`);
  const found = await answer.client.listImages({ filters: { reference: IMAGES } });
  const tags = found.flatMap(({ RepoTags }) => RepoTags ?? []);
  if (IMAGES.every((image) => tags.includes(image))) return;
  process.stderr.write(`making ${IMAGES.join(', ')}\n`);
  execFileSync(path.join(import.meta.dirname, '..', 'engines', 'make-vector-images.sh'), { stdio: 'inherit' });
}

/** How many of its cases differ. */
async function runFile(
  place: string,
  options: AdapterOptions,
  match: string | undefined,
  verbose: boolean,
): Promise<number> {
  const name = path.basename(place);
  const adapterPath = path.join(import.meta.dirname, name.replace(/\.json$/, '.ts'));
  if (!existsSync(adapterPath)) {
    console.log(`${name}: no adapter of this name in test/vector-run`);
    return 1;
  }
  const file = JSON.parse(readFileSync(place, 'utf8')) as VectorFile;
  const { adapter } = (await import(adapterPath)) as { adapter: Adapter };
  const verdicts = await runCases(adapter, file, options, match);
  const passed = verdicts.filter(([, verdict]) => verdict.passed).length;
  const allowed = verdicts.filter(([, verdict]) => verdict.allowed !== undefined).length;
  console.log(
    `${name}: ${passed}/${verdicts.length}${allowed > 0 ? ` (${allowed} with a deliberate difference)` : ''}`,
  );
  for (const [caseName, verdict] of verbose ? verdicts : []) {
    if (verdict.passed) continue;
    console.log(`  ${caseName}\n    expected ${show(verdict.expected)}\n    actual   ${show(verdict.actual)}`);
  }
  return verdicts.length - passed;
}

async function runCases(
  adapter: Adapter,
  file: VectorFile,
  options: AdapterOptions,
  match: string | undefined,
): Promise<[string, Verdict][]> {
  const waiting = file.cases
    .filter((testCase) => match === undefined || testCase.name.includes(match))
    .map((testCase, index) => ({ testCase, index }));
  const verdicts: [string, Verdict][] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { testCase, index } = next;
      verdicts[index] = [testCase.name, await verdictOf(() => adapter.run(testCase, file, options))];
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
