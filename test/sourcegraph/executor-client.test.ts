// The executor's side of the API against a real server: what goes over the wire, route by route, and how each answer
// is read. That the client fits the dispatcher's `Instance` is checked by the compiler.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Instance } from '#jobs/world.ts';
import { TokenUnreadable } from '#sourcegraph/access.ts';
import { createExecutorClient, type ExecutorClientOptions } from '#sourcegraph/executor-client.ts';
import { createHttpTransport, type HttpTransport } from '#sourcegraph/http.ts';
import type { Queues } from '#sourcegraph/queues.ts';
import {
  raw,
  reply,
  replyJson,
  reset,
  startServer,
  WEB_PAGE,
  type Script,
  type ScriptedServer,
} from './scripted-server.ts';

const TOKEN = 'the-executor-token';
const versions = {
  executor: '7.6.0',
  os: 'linux',
  architecture: 'amd64',
  docker: '27.0.0',
  git: '2.45.0',
  ignite: '',
  srcCli: '7.6.0',
};

let server: ScriptedServer;
let transport: HttpTransport;
beforeAll(async () => {
  server = await startServer();
  transport = createHttpTransport();
});
afterAll(async () => {
  transport.close();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  server.requests.length = 0;
});

function client(options: Partial<ExecutorClientOptions> = {}) {
  return createExecutorClient({
    frontendUrl: server.url,
    token: () => TOKEN,
    executorName: 'executor-1',
    queues: { kind: 'single', name: 'batches' },
    resources: { numCpus: 4, memory: '12G', diskSpace: '20G' },
    versions: () => versions,
    transport,
    ...options,
  });
}
const several: Queues = { kind: 'several', names: ['batches', 'codeintel'] };
const lastBody = () => JSON.parse(server.requests.at(-1)?.body ?? 'null') as unknown;

test('the client is what the dispatcher calls an instance', () => {
  const instance: Instance = client();
  expect(instance).toBeDefined();
});

describe('authenticate and version', () => {
  test('a good token', async () => {
    server.answer(reply(200, 'ok'));
    expect(await client().authenticate()).toBe('ok');
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      path: '/.executors/test/auth',
      headers: { authorization: `token-executor ${TOKEN}` },
    });
  });
  test('the version is asked for without a token', async () => {
    server.answer(replyJson({ version: '7.6.0', more: 1 }));
    expect(await client().version()).toEqual({ kind: 'version', version: '7.6.0' });
    expect(server.requests[0]).toMatchObject({ path: '/.api/src-cli/version' });
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  });
  test.each([
    ['no JSON', reply(200, 'ok')],
    ['no version', replyJson({})],
    ['an empty version', replyJson({ version: '' })],
  ])('a version that is %s', async (_name, script) => {
    server.answer(script);
    expect(await client().version()).toMatchObject({ kind: 'unreachable', why: 'garbled' });
  });
});

describe('a rotated token', () => {
  test('a 401 reads the token afresh and asks once more', async () => {
    const asked: string[] = [];
    const token = (freshness: string) => {
      asked.push(freshness);
      return Promise.resolve(freshness === 'fresh' ? 'new' : 'old');
    };
    server.answer(reply(401), reply(204));
    expect(await client({ token }).dequeue()).toEqual({ kind: 'empty' });
    expect(asked).toEqual(['cached', 'fresh']);
    expect(server.requests.map((request) => request.headers.authorization)).toEqual([
      'token-executor old',
      'token-executor new',
    ]);
  });
  test('a 401 for a token that did not change is told', async () => {
    server.answer(reply(401));
    expect(await client().heartbeat([])).toMatchObject({ kind: 'refused', status: 401 });
    expect(server.requests).toHaveLength(1);
  });
  test.each([
    ['the secret is away', () => Promise.reject(new Error('secret: hunter2'))],
    ['the secret is empty', () => ''],
  ])('%s', async (_name, token) => {
    const answer = await client({ token }).authenticate();
    expect(answer).toMatchObject({ kind: 'unreachable', why: 'no-token', mayHaveTakenEffect: false });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(server.requests).toHaveLength(0);
  });
  test('a source that says why it has no token is passed on', async () => {
    const token = (): Promise<string> => Promise.reject(new TokenUnreadable('the secret executor-token is not there'));
    const answer = await client({ token }).authenticate();
    expect(answer).toMatchObject({ kind: 'unreachable', why: 'no-token' });
    expect(JSON.stringify(answer)).toContain('(the secret executor-token is not there)');
  });
});

describe('dequeue', () => {
  test('one queue', async () => {
    server.answer(replyJson({ version: 2, id: 42, token: 't' }));
    const answer = await client({ queues: { kind: 'single', name: 'my queue/ä' } }).dequeue();
    expect(answer).toMatchObject({ kind: 'dequeued', queue: 'my queue/ä', job: { id: 42, token: 't' } });
    expect(server.requests[0]?.path).toBe('/.executors/queue/my%20queue%2F%C3%A4/dequeue');
    expect(server.requests[0]?.headers['content-type']).toBe('application/json');
    expect(lastBody()).toEqual({
      executorName: 'executor-1',
      version: '7.6.0',
      numCPUs: 4,
      memory: '12G',
      diskSpace: '20G',
    });
  });
  test('several queues', async () => {
    server.answer(replyJson({ id: 42, queue: 'codeintel' }));
    expect(await client({ queues: several }).dequeue()).toMatchObject({ kind: 'dequeued', queue: 'codeintel' });
    expect(server.requests[0]?.path).toBe('/.executors/queue/dequeue');
    expect(lastBody()).toMatchObject({ queues: ['batches', 'codeintel'] });
  });

  const rows: [string, Script, object][] = [
    ['nothing queued', reply(204), { kind: 'empty' }],
    ['no JSON', reply(200, '{"id": 4'), { why: 'garbled', mayHaveTakenEffect: true }],
    ['an empty answer', reply(200, ''), { why: 'garbled' }],
    ['null', reply(200, 'null'), { why: 'garbled' }],
    ['an array', replyJson([]), { why: 'garbled' }],
    ['a job without ID', replyJson({ version: 2 }), { why: 'garbled' }],
    ['a web page', reply(200, WEB_PAGE), { why: 'not-sourcegraph' }],
    ['a reset', reset, { why: 'connection-lost', mayHaveTakenEffect: true }],
    ['half an answer', raw('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"id"'), { why: 'connection-lost' }],
    ['unknown queue', reply(404, '404 page not found'), { kind: 'refused', status: 404 }],
    [
      'a record that the instance cannot read',
      replyJson({ error: 'RecordTransformer: x' }, 500),
      { why: 'server-error' },
    ],
  ];
  test.each(rows)('%s, and no second try', async (_name, script, expected) => {
    server.answer(script);
    const answer = await client().dequeue();
    expect(answer).toMatchObject(expected);
    expect(server.requests).toHaveLength(1);
  });

  test('a job of several queues that names none cannot be ours to handle', async () => {
    server.answer(replyJson({ id: 42 }));
    expect(await client({ queues: several }).dequeue()).toMatchObject({ why: 'garbled' });
  });
  test('several queues that are one', async () => {
    server.answer(replyJson({ id: 42 }));
    const queues: Queues = { kind: 'several', names: ['batches'] };
    expect(await client({ queues }).dequeue()).toMatchObject({ kind: 'dequeued', queue: 'batches' });
  });

  test.each([
    ['accepted', reply(204), 'unreadable-job', 'marked as failed'],
    ['lost', reset, 'unreachable', 'could not be marked'],
  ])('a job that cannot be read is ended with the reason; mark %s', async (_name, markScript, kind, words) => {
    server.answer(replyJson({ id: 42, token: 'job-token', dockerSteps: [{ image: ['secret'] }] }), markScript);
    const answer = await client().dequeue();
    expect(answer.kind).toBe(kind);
    expect('message' in answer && answer.message).toContain(words);
    expect(server.requests[1]).toMatchObject({
      path: '/.executors/queue/batches/markFailed',
      headers: { authorization: 'Bearer job-token', 'x-sourcegraph-job-id': '42' },
    });
    expect(server.requests[1]?.body).toContain('dockerSteps.0.image');
    expect(server.requests[1]?.body).not.toContain('secret');
  });
});

describe('heartbeat', () => {
  test('one queue: IDs as numbers', async () => {
    server.answer(replyJson({ knownIds: [1, '2'], cancelIds: ['2'] }));
    const answer = await client({ metrics: () => 'm 1\n' }).heartbeat([
      { queue: 'batches', jobId: 1 },
      { queue: 'batches', jobId: 2 },
    ]);
    expect(answer).toEqual({
      kind: 'answered',
      known: [
        { queue: 'batches', jobId: 1 },
        { queue: 'batches', jobId: 2 },
      ],
      cancel: [{ queue: 'batches', jobId: 2 }],
    });
    expect(server.requests[0]?.path).toBe('/.executors/queue/batches/heartbeat');
    expect(lastBody()).toEqual({
      version: 'V2',
      executorName: 'executor-1',
      jobIds: [1, 2],
      os: 'linux',
      architecture: 'amd64',
      dockerVersion: '27.0.0',
      executorVersion: '7.6.0',
      gitVersion: '2.45.0',
      igniteVersion: '',
      srcCliVersion: '7.6.0',
      prometheusMetrics: 'm 1\n',
    });
  });
  test('several queues: IDs by queue, as texts, equal IDs apart', async () => {
    server.answer(replyJson({ knownIds: ['1-batches', '1-batches-hooks'], cancelIds: null }));
    const queues: Queues = { kind: 'several', names: ['batches', 'batches-hooks'] };
    const held = [
      { queue: 'batches', jobId: 1 },
      { queue: 'batches-hooks', jobId: 1 },
      { queue: 'batches', jobId: 3 },
    ];
    expect(await client({ queues }).heartbeat(held)).toEqual({ kind: 'answered', known: held.slice(0, 2), cancel: [] });
    expect(lastBody()).toMatchObject({
      queueNames: ['batches', 'batches-hooks'],
      jobIdsByQueue: [
        { queueName: 'batches', jobIds: ['1', '3'] },
        { queueName: 'batches-hooks', jobIds: ['1'] },
      ],
    });
    expect(lastBody()).not.toHaveProperty('jobIds');
  });
  test('an idle executor names its queues all the same', async () => {
    server.answer(replyJson({ knownIds: null, cancelIds: null }));
    expect(await client({ queues: several }).heartbeat([])).toEqual({ kind: 'answered', known: [], cancel: [] });
    expect(lastBody()).toMatchObject({ queueNames: ['batches', 'codeintel'], jobIdsByQueue: [] });
  });

  const garbled: [string, Queues, unknown][] = [
    ['an empty object', several, {}],
    ['no known IDs', several, { cancelIds: [] }],
    ['IDs of a wrong kind', several, { knownIds: [{}] }],
    ['an ID without queue, of several', several, { knownIds: [42] }],
    ['an ID that is none', several, { knownIds: ['x-batches'] }],
    ['a negative ID', { kind: 'single', name: 'batches' }, { knownIds: [-1] }],
    ['a list', several, []],
  ];
  test.each(garbled)('%s changes nothing: it is no answer', async (_name, queues, value) => {
    server.answer(replyJson(value));
    expect(await client({ queues }).heartbeat([{ queue: 'batches', jobId: 42 }])).toMatchObject({ why: 'garbled' });
  });
});

describe('mark', () => {
  const job = { queue: 'batches', jobId: 42, token: 'job-token' };
  test.each([
    ['markComplete', { kind: 'completed' }, {}],
    ['markErrored', { kind: 'errored', errorMessage: 'bad \udcff byte' }, { errorMessage: 'bad \ufffd byte' }],
    ['markFailed', { kind: 'failed', errorMessage: 'no' }, { errorMessage: 'no' }],
  ] as const)('%s', async (route, outcome, extra) => {
    server.answer(reply(204));
    expect(await client().mark(job, outcome)).toBe('marked');
    expect(server.requests[0]).toMatchObject({
      path: `/.executors/queue/batches/${route}`,
      headers: {
        authorization: 'Bearer job-token',
        'x-sourcegraph-job-id': '42',
        'x-sourcegraph-executor-name': 'executor-1',
      },
    });
    expect(lastBody()).toEqual({ executorName: 'executor-1', jobId: 42, ...extra });
  });

  const answers: [string, Script, unknown][] = [
    ['somebody else’s', reply(404, 'null'), 'not-ours'],
    ['token gone', reply(401, 'invalid token'), 'not-ours'],
    ['token of another job', reply(403, 'invalid token'), { kind: 'refused', status: 403 }],
    ['another web server', reply(404, WEB_PAGE), { why: 'not-sourcegraph' }],
    ['answer lost', reset, { why: 'connection-lost', mayHaveTakenEffect: true }],
    ['gateway', reply(502), { why: 'server-error', mayHaveTakenEffect: true }],
  ];
  test.each(answers)('%s', async (_name, script, expected) => {
    server.answer(script);
    const answer = await client().mark(job, { kind: 'completed' });
    if (typeof expected === 'string') expect(answer).toBe(expected);
    else expect(answer).toMatchObject(expected as object);
    expect(server.requests).toHaveLength(1);
  });

  test('the executor’s token is never read for a job that has its own', async () => {
    server.answer(reply(401));
    const token = () => {
      throw new Error('asked for the executor token');
    };
    expect(await client({ token }).mark(job, { kind: 'completed' })).toBe('not-ours');
  });
  test('an old instance’s job has none: then the executor’s, and a 401 says that this one is wrong', async () => {
    server.answer(reply(401));
    const old = { queue: job.queue, jobId: job.jobId };
    expect(await client().mark(old, { kind: 'completed' })).toMatchObject({ kind: 'refused', status: 401 });
    expect(server.requests[0]?.headers.authorization).toBe(`token-executor ${TOKEN}`);
  });
});

describe('log entries of the executor itself', () => {
  const job = { queue: 'batches', jobId: 42, token: 'job-token' };
  const entry = { key: 'setup.waiting', startTime: 0, out: 'waiting' };
  const rows: [string, number | undefined, Script, unknown][] = [
    ['added', undefined, reply(200, '1'), { kind: 'logged', entryId: 1 }],
    ['replaced', 1, reply(204), { kind: 'logged', entryId: 1 }],
    ['add to a job that is not ours', undefined, replyJson({ error: 'unknown job' }, 500), 'not-ours'],
    ['replacement in a job that is not ours', 1, replyJson({ error: 'unknown job' }, 500), 'not-ours'],
    ['answer lost', undefined, reset, { kind: 'unreachable', mayHaveTakenEffect: true }],
    ['refused', undefined, reply(403), { kind: 'refused', status: 403 }],
  ];
  test.each(rows)('%s', async (_name, entryId, script, expected) => {
    server.answer(script);
    const answer = await client().logEntry(job, { ...entry, ...(entryId === undefined ? {} : { entryId }) });
    if (typeof expected === 'string') expect(answer).toBe(expected);
    else expect(answer).toMatchObject(expected as object);
  });
});
