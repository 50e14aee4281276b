// What is done for one running job: log entries and files, against a real server, with virtual time between the tries.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { logEntryBody } from '#sourcegraph/execution-log-entry.ts';
import { ensureLogEntry } from '#sourcegraph/ensure-log-entry.ts';
import { gitCloneUrl, gitHeaders } from '#sourcegraph/git.ts';
import { createHttpTransport, type HttpTransport } from '#sourcegraph/http.ts';
import { createJobClient, worthRepeating } from '#sourcegraph/job-client.ts';
import { NO_RETRY } from '#sourcegraph/retry.ts';
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
import { always, virtualClock } from './virtual-time.ts';

let server: ScriptedServer;
let elsewhere: ScriptedServer;
let transport: HttpTransport;
beforeAll(async () => {
  server = await startServer();
  elsewhere = await startServer();
  transport = createHttpTransport();
});
afterAll(async () => {
  transport.close();
  await server[Symbol.asyncDispose]();
  await elsewhere[Symbol.asyncDispose]();
});
beforeEach(() => {
  server.requests.length = 0;
  elsewhere.requests.length = 0;
});

const UNKNOWN_JOB = replyJson({ error: 'unknown job' }, 500);
const access = () => ({ frontendUrl: server.url, queue: 'batches', jobId: 42, token: 'job-token', executorName: 'e' });
const client = (clock = virtualClock()) => createJobClient({ access: access(), transport, clock, random: always(0.5) });
const entry = { key: 'setup.git.init', command: ['git', 'init'], startTime: Date.UTC(2026, 0, 2), out: '' };

describe('the body of an entry', () => {
  test('while it runs', () => {
    expect(JSON.stringify(logEntryBody(entry))).toBe(
      '{"key":"setup.git.init","command":["git","init"],"startTime":"2026-01-02T00:00:00.000Z"}',
    );
  });
  test('when it has ended', () => {
    expect(JSON.stringify(logEntryBody({ ...entry, out: 'stdout: x\n', exitCode: 0, durationMs: 1.6 }))).toBe(
      '{"key":"setup.git.init","command":["git","init"],"startTime":"2026-01-02T00:00:00.000Z","exitCode":0,"out":"stdout: x\\n","durationMs":2}',
    );
  });
  test('of what is no command', () => {
    expect(logEntryBody({ ...entry, command: null })).toHaveProperty('command', null);
  });
  test('bytes that are no UTF-8 become one U+FFFD each', () => {
    const body = logEntryBody({ ...entry, command: ['\udc80'], out: 'a\udcff\udcfe' });
    expect(body).toMatchObject({ command: ['\ufffd'], out: 'a\ufffd\ufffd' });
  });
});

describe('addLogEntry', () => {
  const rows: [string, Script[], object, number][] = [
    ['added', [reply(200, '3')], { kind: 'added', entryId: 3 }, 1],
    ['not ours', [UNKNOWN_JOB], { kind: 'unknown-job' }, 1],
    ['token gone', [reply(401)], { kind: 'refused', status: 401 }, 1],
    ['answer lost', [reset], { kind: 'unknown-whether-added' }, 1],
    ['gateway', [reply(502)], { kind: 'unknown-whether-added' }, 1],
    ['an answer that is no ID', [reply(200, '"x"')], { kind: 'unknown-whether-added' }, 1],
    ['ID zero', [reply(200, '0')], { kind: 'unknown-whether-added' }, 1],
    ['half an answer', [raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1')], { kind: 'unknown-whether-added' }, 1],
    ['asked to wait: surely not added', [reply(429), reply(200, '1')], { kind: 'added', entryId: 1 }, 2],
  ];
  test.each(rows)('%s', async (_name, scripts, expected, requests) => {
    server.answer(...scripts);
    expect(await client().addLogEntry(entry)).toMatchObject(expected);
    expect(server.requests).toHaveLength(requests);
    expect(server.requests[0]).toMatchObject({
      path: '/.executors/queue/batches/addExecutionLogEntry',
      headers: { authorization: 'Bearer job-token', 'x-sourcegraph-job-id': '42', 'x-sourcegraph-executor-name': 'e' },
    });
  });
});

describe('updateLogEntry', () => {
  const rows: [string, Script[], object, number][] = [
    ['updated', [reply(204)], { kind: 'updated' }, 1],
    ['unknown', [UNKNOWN_JOB], { kind: 'unknown-job' }, 1],
    ['forbidden', [reply(403)], { kind: 'refused' }, 1],
    ['repeated after a reset', [reset, reply(204)], { kind: 'updated' }, 2],
    ['repeated after 500, 502, 429', [reply(500), reply(502), reply(429), reply(204)], { kind: 'updated' }, 4],
    ['given up in the end', [reply(503)], { kind: 'unreachable', why: 'server-error' }, 4],
    ['a redirect is not repeated', [reply(302, '', { location: '/sign-in' })], { why: 'redirected' }, 1],
  ];
  test.each(rows)('%s', async (_name, scripts, expected, requests) => {
    server.answer(...scripts);
    expect(await client().updateLogEntry(2, { ...entry, out: 'stdout: x\n' })).toMatchObject(expected);
    expect(server.requests).toHaveLength(requests);
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ executorName: 'e', jobId: 42, entryId: 2 });
  });
  test('waits as long as the instance asks', async () => {
    const clock = virtualClock();
    server.answer(reply(429, '', { 'retry-after': '3' }), reply(204));
    await client(clock).updateLogEntry(1, entry);
    expect(clock.sleeps).toEqual([3100]);
  });
  test('a policy for one call', async () => {
    server.answer(reply(503));
    await client().updateLogEntry(1, entry, undefined, NO_RETRY);
    expect(server.requests).toHaveLength(1);
  });
});

describe('ensureLogEntry', () => {
  const rows: [string, boolean, Script[], object, string[]][] = [
    ['nothing there before', false, [reply(200, '3')], { kind: 'placed', entryId: 3 }, ['add']],
    ['left by an earlier attempt', true, [reply(204)], { kind: 'placed', entryId: 3 }, ['update']],
    ['thought to be there and is not', true, [UNKNOWN_JOB, reply(200, '3')], { kind: 'placed' }, ['update', 'add']],
    ['a lost add that took effect', false, [reset, reply(204)], { kind: 'placed', entryId: 3 }, ['add', 'update']],
    [
      'a lost add that took none',
      false,
      [reset, UNKNOWN_JOB, reply(200, '3')],
      { kind: 'placed', entryId: 3 },
      ['add', 'update', 'add'],
    ],
    ['not ours', false, [UNKNOWN_JOB], { kind: 'unknown-job' }, ['add']],
    ['not ours any more', true, [UNKNOWN_JOB, UNKNOWN_JOB], { kind: 'unknown-job' }, ['update', 'add']],
    ['token gone', true, [reply(401)], { kind: 'refused' }, ['update']],
  ];
  test.each(rows)('%s', async (_name, maybeThere, scripts, expected, routes) => {
    server.answer(...scripts);
    expect(await ensureLogEntry(client(), 3, entry, maybeThere)).toMatchObject(expected);
    const seen = server.requests.map(({ path }) => (path.endsWith('/addExecutionLogEntry') ? 'add' : 'update'));
    expect(seen).toEqual(routes);
  });
});

describe('fetchFile', () => {
  const file = { bucket: 'batch-changes', key: 'spec/file ä' };
  test('its bytes', async () => {
    server.answer(reply(200, WEB_PAGE));
    const answer = await client().fetchFile(file);
    expect(answer.kind === 'file' && Buffer.from(answer.bytes).toString()).toBe(WEB_PAGE);
    expect(server.requests[0]).toMatchObject({
      path: '/.executors/files/batch-changes/spec/file%20%C3%A4',
      headers: { authorization: 'Bearer job-token' },
    });
  });
  test('a redirect to another host goes without any of our headers', async () => {
    server.answer(reply(307, '', { location: `${elsewhere.url}/blob?signature=1` }));
    elsewhere.answer(reply(200, 'blob'));
    expect(await client().fetchFile(file)).toMatchObject({ kind: 'file' });
    const headers = elsewhere.requests[0]?.headers ?? {};
    expect(Object.keys(headers).filter((name) => /authorization|sourcegraph/.test(name))).toEqual([]);
  });
  test('a redirect on the same host keeps them', async () => {
    server.answer(reply(302, '', { location: '/elsewhere' }), reply(200, 'x'));
    expect(await client().fetchFile(file)).toMatchObject({ kind: 'file' });
    expect(server.requests[1]).toMatchObject({ path: '/elsewhere', headers: { authorization: 'Bearer job-token' } });
  });
  test('there and back again: the headers do not come back', async () => {
    server.answer(reply(302, '', { location: `${elsewhere.url}/` }), reply(200, 'x'));
    elsewhere.answer(reply(302, '', { location: `${server.url}/back` }));
    await client().fetchFile(file);
    expect(server.requests[1]?.headers.authorization).toBeUndefined();
  });

  const rows: [string, Script[], object, number][] = [
    ['not there', [reply(404)], { kind: 'not-found' }, 1],
    ['forbidden', [reply(403)], { kind: 'refused', status: 403 }, 1],
    ['repeated after a 500 and a reset', [reply(500), reset, reply(200, 'x')], { kind: 'file' }, 3],
    [
      'cut off, then whole',
      [raw('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx'), reply(200, 'x')],
      { kind: 'file' },
      2,
    ],
    ['a redirect for ever', [reply(302, '', { location: '/a' })], { why: 'redirected' }, 6],
    ['a redirect to nowhere', [reply(302)], { why: 'redirected' }, 1],
    ['a redirect to a file', [reply(302, '', { location: 'file:///etc/passwd' })], { why: 'redirected' }, 1],
    ['a status without a file', [reply(204)], { why: 'garbled' }, 4],
  ];
  test.each(rows)('%s', async (_name, scripts, expected, requests) => {
    server.answer(...scripts);
    expect(await client().fetchFile(file)).toMatchObject(expected);
    expect(server.requests).toHaveLength(requests);
  });

  test.each(['../x', 'a/../../x', '.', '..', 'a/.'])('a key that would lead elsewhere: %s', async (key) => {
    expect(await client().fetchFile({ bucket: 'b', key }, undefined, NO_RETRY)).toMatchObject({ kind: 'unreachable' });
    expect(server.requests).toHaveLength(0);
  });
});

test.each([
  ['dns', true],
  ['connection-lost', true],
  ['time-out', true],
  ['server-error', true],
  ['rate-limited', true],
  ['garbled', true],
  ['not-sourcegraph', true],
  ['aborted', false],
  ['redirected', false],
  ['tls-untrusted', false],
  ['tls-expired', false],
  ['too-large', false],
  ['no-token', false],
] as const)('trouble %s is worth a repeat: %s', (why, expected) => {
  const verdict = worthRepeating({ kind: 'unreachable', why, message: '', mayHaveTakenEffect: true });
  expect(verdict !== 'done').toBe(expected);
});

test('git: address and headers', () => {
  expect(gitCloneUrl('https://sg.example', 'github.com/a/b c')).toBe(
    'https://sg.example/.executors/git/github.com/a/b%20c',
  );
  expect(gitHeaders(access(), undefined)).toEqual({
    Authorization: 'Bearer job-token',
    'X-Sourcegraph-Job-ID': '42',
    'X-Sourcegraph-Executor-Name': 'e',
    'X-Sourcegraph-Actor-UID': 'internal',
  });
  expect(gitHeaders({ ...access(), token: undefined }, 'x')).toHaveProperty('Authorization', 'token-executor x');
  expect(gitHeaders({ ...access(), token: undefined }, undefined)).not.toHaveProperty('Authorization');
});
