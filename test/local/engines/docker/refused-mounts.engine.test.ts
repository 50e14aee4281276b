// An engine that lends none of its own files to a container, as one in a virtual machine may: here the real one behind a
// socket that refuses such mounts in the words of Docker Desktop.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDockerEngine } from '#local/engines/docker/docker-engine.ts';
import { openRealJobs, outputOf, type RealJobs } from '../../../engines/real-job.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'refused-mounts-'));
const socketPath = path.join(folder, 'docker.sock');
const engineSocket = (process.env['DOCKER_HOST'] ?? '').replace('unix://', '');

interface CreateBody {
  readonly HostConfig?: { readonly Mounts?: readonly { readonly Type: string; readonly Source: string }[] };
}

async function forward(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const body = await buffer(asked);
  if (asked.url?.includes('/containers/create') === true) {
    const { HostConfig } = JSON.parse(body.toString()) as CreateBody;
    const refused = HostConfig?.Mounts?.find(({ Type }) => Type === 'bind');
    if (refused !== undefined) {
      answer.writeHead(500, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ message: `Mounts denied: The path ${refused.Source} is not shared from the host` }));
      return;
    }
  }
  const { method, url: target, headers } = asked;
  const onward = request({ socketPath: engineSocket, method, path: target, headers }, (given) => {
    answer.writeHead(given.statusCode ?? 502, given.headers);
    given.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  onward.end(body);
}

let proxy: Server;
let jobs: RealJobs;
const warnings: string[] = [];

beforeAll(async () => {
  proxy = createServer((asked, answer) => void forward(asked, answer));
  await new Promise<void>((resolve) => proxy.listen(socketPath, resolve));
  const opened = await openDockerEngine({
    environment: { ...process.env, DOCKER_HOST: `unix://${socketPath}` },
    warn: (message) => void warnings.push(message),
  });
  if (opened.kind === 'unavailable') throw new Error(opened.message);
  jobs = await openRealJobs(opened.engine);
}, 60_000);
afterAll(async () => {
  await jobs.close();
  proxy.closeAllConnections();
  proxy.close();
  rmSync(folder, { recursive: true });
});

test('steps run without the read-only mounts, and the program says so once', async () => {
  const step = { image: 'test/busybox:1', commands: ['echo "# mine" >> /etc/hosts', 'cat README.md'] };
  for (const job of [await jobs.run([step, step]), await jobs.run([step])]) {
    expect([job.state, job.failureMessage]).toEqual(['completed', undefined]);
    expect(outputOf(job, 'step.docker.step-0')).toContain('stdout: hello');
  }
  expect(warnings).toEqual([
    expect.stringMatching(/refuses to mount the hosts .* read-only \(.*Mounts denied.*another address of the instance/),
  ]);
}, 60_000);
