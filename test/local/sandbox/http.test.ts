// The sandbox over the wire: statuses and bodies of the real instance, and git clones with a job's token.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startSandboxHttp } from '#local/sandbox/http.ts';
import { SandboxRules } from '#local/sandbox/rules.ts';

const TOKEN = 'the-executor-token-of-the-test';
const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-'));
const environment = { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
const rules = new SandboxRules(
  { now: () => Date.now(), fraction: () => 0, token: () => 'abcdef0123456789' },
  { queues: ['batches'] },
);
let server: Awaited<ReturnType<typeof startSandboxHttp>>;
let commit = '';

const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: folder, env: environment, encoding: 'utf8' });
const executor = { Authorization: `token-executor ${TOKEN}` };
const job = {
  Authorization: 'Bearer abcdef0123456789',
  'X-Sourcegraph-Job-ID': '1',
  'X-Sourcegraph-Executor-Name': 'e1',
};

async function call(route: string, headers: Record<string, string>, body: unknown): Promise<[number, string]> {
  const answer = await fetch(`${server.url}/.executors/${route}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return [answer.status, await answer.text()];
}

beforeAll(async () => {
  git('-c', 'init.defaultBranch=main', 'init', '-q', 'demo');
  writeFileSync(path.join(folder, 'demo', 'a.txt'), 'alpha\n');
  git('-C', 'demo', 'add', '--all');
  git('-C', 'demo', '-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'one');
  commit = git('-C', 'demo', 'rev-parse', 'HEAD').trim();
  server = await startSandboxHttp({
    rules,
    accessToken: () => TOKEN,
    version: '7.6.0',
    repository: (name) => (name === 'github.com/acme/demo' ? path.join(folder, 'demo', '.git') : undefined),
    file: (name) => (name === 'batch-changes/s/f' ? Buffer.from('bytes') : undefined),
    gitEnvironment: environment,
  });
  rules.enqueue('batches', { repositoryName: 'github.com/acme/demo' });
  await call('queue/batches/heartbeat', executor, { executorName: 'e1', jobIds: [] });
  await call('queue/batches/dequeue', executor, { executorName: 'e1', version: '7.6.0' });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('who may call', () => {
  test.each([
    ['no header on an executor route', 'queue/batches/dequeue', {}, 401],
    ['three words', 'queue/batches/dequeue', { Authorization: 'token-executor a b' }, 401],
    ['another scheme', 'queue/batches/dequeue', { Authorization: `Bearer ${TOKEN}` }, 401],
    ['a wrong token', 'queue/batches/dequeue', { Authorization: 'token-executor wrong' }, 401],
    ['an unknown queue', 'queue/none/dequeue', executor, 404],
    ['an unknown action', 'queue/batches/giveBack', executor, 404],
    ['no header on a job route', 'queue/batches/markComplete', {}, 401],
    [
      'a wrong executor token on a job route',
      'queue/batches/markComplete',
      { Authorization: 'token-executor wrong' },
      403,
    ],
    ['a job ID that is no number', 'queue/batches/markComplete', { ...job, 'X-Sourcegraph-Job-ID': 'x' }, 400],
    ['no executor name', 'queue/batches/markComplete', { ...job, 'X-Sourcegraph-Executor-Name': '' }, 400],
    ['a token that is not hexadecimal', 'queue/batches/markComplete', { ...job, Authorization: 'Bearer zzz' }, 401],
    ["another job's ID", 'queue/batches/markComplete', { ...job, 'X-Sourcegraph-Job-ID': '2' }, 403],
  ])('%s', async (_, route, headers, status) => {
    const [got] = await call(route, headers, { executorName: 'e1', jobId: 1 });
    expect(got).toBe(status);
  });

  test('a body of the wrong type is 400 with its text', async () => {
    const [status, text] = await call('queue/batches/dequeue', executor, { executorName: 7 });
    expect(status).toBe(400);
    expect(text).toMatch(/^Failed to unmarshal payload: /);
  });

  test('GET on a queue route is 405', async () => {
    const answer = await fetch(`${server.url}/.executors/queue/batches/dequeue`, { headers: executor });
    expect(answer.status).toBe(405);
  });
});

describe('answers', () => {
  test.each([
    ['no jobs held', [], { knownIds: [], cancelIds: [] }],
    ['one known, one not', [1, 9], { knownIds: ['1'], cancelIds: null }],
    ['none known', [9], { knownIds: null, cancelIds: null }],
  ])('a heartbeat with %s', async (_, jobIds, expected) => {
    const [, text] = await call('queue/batches/heartbeat', executor, { executorName: 'e1', jobIds });
    expect(JSON.parse(text)).toEqual(expected);
  });

  test('a heartbeat of several queues names jobs with their queue', async () => {
    const body = {
      executorName: 'e1',
      queueNames: ['batches'],
      jobIdsByQueue: [{ queueName: 'batches', jobIds: ['1'] }],
    };
    expect(JSON.parse((await call('queue/heartbeat', executor, body))[1])).toEqual({
      knownIds: ['1-batches'],
      cancelIds: null,
    });
  });

  test('an empty queue is 204', async () => {
    expect(await call('queue/batches/dequeue', executor, { executorName: 'e1', version: '7.6.0' })).toEqual([204, '']);
  });

  test('a file is given to its job only', async () => {
    const ok = await fetch(`${server.url}/.executors/files/batch-changes/s/f`, { headers: job });
    expect(await ok.text()).toBe('bytes');
    const none = await fetch(`${server.url}/.executors/files/batch-changes/s/none`, { headers: job });
    expect(none.status).toBe(404);
    const stranger = await fetch(`${server.url}/.executors/files/batch-changes/s/f`, {
      headers: { ...job, Authorization: 'Bearer ff' },
    });
    expect(stranger.status).toBe(401);
  });
});

describe('git', () => {
  // Not the synchronous form: the server that git talks to lives in this process.
  const run = promisify(execFile);
  const clone = async (name: string, headers: Record<string, string>): Promise<void> => {
    const target = mkdtempSync(path.join(folder, 'clone-'));
    const headerArgs = Object.entries(headers).flatMap(([key, value]) => ['-c', `http.extraHeader=${key}: ${value}`]);
    git('-C', target, 'init', '-q');
    const url = `${server.url}/.executors/git/${name}`;
    await run('git', ['-C', target, ...headerArgs, 'fetch', '-q', '--depth=1', '--filter=blob:none', url, commit], {
      env: { ...environment, GIT_TERMINAL_PROMPT: '0' },
    });
  };

  test('a job fetches one commit of its own repository, shallow and without blobs', async () => {
    await expect(clone('github.com/acme/demo', job)).resolves.toBeUndefined();
  });

  test.each([
    ['another repository', 'github.com/acme/other', job],
    ['no token', 'github.com/acme/demo', {}],
  ])('%s is refused', async (_, name, headers) => {
    await expect(clone(name, headers)).rejects.toThrow();
  });
});
