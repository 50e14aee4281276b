// A LocalStack of the tests' own, on a free loopback port, with nothing kept: all of its files are in one folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Installation } from './install/install.ts';

export interface LocalStack {
  readonly url: string;
  /** A JSON object that the test may write: variables of every function that starts from then on; null removes one. */
  readonly functionEnvironmentFile: string;
  stop(): Promise<void>;
}

const ROOT = path.join(import.meta.dirname, '..', '..');
const START_MS = 90_000;
const STOP_MS = 15_000;

/** `folder`: for all that it writes. Rejects with the end of its log when it does not start. */
export async function startLocalStack(
  { python, dynamodbJars }: Extract<Installation, { kind: 'installed' }>,
  folder: string,
): Promise<LocalStack> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const functionEnvironmentFile = path.join(folder, 'function-environment.json');
  const temporary = path.join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  const logFile = path.join(folder, 'server.log');
  const log = openSync(logFile, 'w');
  const server = spawn(python, ['-m', 'localstack.runtime.main'], {
    cwd: folder,
    stdio: ['ignore', log, log],
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      TMPDIR: temporary,
      PYTHONPATH: path.join(import.meta.dirname, 'plugins'),
      PYTHONDONTWRITEBYTECODE: '1',
      EXECUTOR_TESTS: JSON.stringify({
        node: process.execPath,
        bootstrap: path.join(ROOT, 'test', 'doubles', 'lambda-runtime', 'bootstrap.mjs'),
        nodeModules: path.join(ROOT, 'node_modules'),
        functionEnvironment: functionEnvironmentFile,
        dynamodbJars,
      }),
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      // The address in queue URLs, where the SDK sends to: its usual names resolve only with the internet.
      LOCALSTACK_HOST: `127.0.0.1:${port}`,
      SQS_ENDPOINT_STRATEGY: 'path',
      LAMBDA_RUNTIME_EXECUTOR: 'process',
      // It is not in its container: no paths below /var and /usr, no name server, no Docker.
      OVERRIDE_IN_DOCKER: '0',
      FILESYSTEM_ROOT: path.join(folder, 'root'),
      DNS_ADDRESS: '0',
      DOCKER_HOST: 'unix:///nonexistent',
      DISABLE_EVENTS: '1',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      // What it has no provider for is told, and stands in the way of nothing.
      CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES: '1',
      S3_SKIP_SIGNATURE_VALIDATION: '0',
    },
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    await Promise.race([ended, sleep(STOP_MS, undefined, { ref: false })]);
    server.kill('SIGKILL');
  };
  if (await answers(url, server)) return { url, functionEnvironmentFile, stop };
  await stop();
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-20).join('\n');
  throw new Error(`LocalStack has not started:\n${lines}`);
}

async function answers(url: string, server: ChildProcess): Promise<boolean> {
  const giveUp = Date.now() + START_MS;
  while (Date.now() < giveUp && server.exitCode === null && server.signalCode === null) {
    const healthy = await fetch(`${url}/_localstack/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (healthy) return true;
    await sleep(200);
  }
  return false;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
