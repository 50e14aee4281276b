// npm run test:localstack [jest options]: installs LocalStack where it is not, starts one, runs the tests on it, and stops
// it again, also on Ctrl-C. Where a machine cannot have it the reason is printed, all tests are skipped, and that is a
// success.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LOCALSTACK_FOLDER, LOCALSTACK_FUNCTION_ENVIRONMENT, LOCALSTACK_URL } from './environment.ts';
import { installLocalStack } from './install/install.ts';
import { NOT_RUN } from './not-run.ts';
import { startLocalStack } from './server.ts';

const INTERRUPTED = 130;
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const stopping = new AbortController();
// npm passes on what the terminal has sent to all: two are one.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stopping.abort());

const folder = await mkdtemp(path.join(tmpdir(), 'localstack-'));
try {
  process.exitCode = await run();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function run(): Promise<number> {
  const installation = await installLocalStack(say);
  if (installation.kind === 'impossible') {
    say(`skipped: LocalStack cannot run here: ${installation.why}`);
    return runTests({});
  }
  if (stopping.signal.aborted) return INTERRUPTED;
  const server = await startLocalStack(installation, folder);
  say(`LocalStack 4.14.0 answers at ${server.url}`);
  try {
    const code = await runTests({
      [LOCALSTACK_URL]: server.url,
      [LOCALSTACK_FOLDER]: folder,
      [LOCALSTACK_FUNCTION_ENVIRONMENT]: server.functionEnvironmentFile,
    });
    say(`What LocalStack has not run:\n${NOT_RUN.map((line) => `  - ${line}\n`).join('')}`);
    return code;
  } finally {
    await server.stop();
  }
}

function runTests(environment: NodeJS.ProcessEnv): Promise<number> {
  const jest = path.join('node_modules', 'jest', 'bin', 'jest.js');
  const match = ['--testPathIgnorePatterns=/node_modules/', '--testMatch=**/test/**/*.localstack.test.ts'];
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const args = [...flags, jest, ...match, '--runInBand', ...process.argv.slice(2)];
  return new Promise((resolve, reject) => {
    const tests = spawn(process.execPath, args, {
      env: { ...process.env, ...environment },
      stdio: 'inherit',
      signal: stopping.signal,
      killSignal: 'SIGTERM',
    });
    tests.on('error', (error) => (stopping.signal.aborted ? resolve(INTERRUPTED) : reject(error)));
    tests.on('close', (code) => resolve(code ?? INTERRUPTED));
  });
}
