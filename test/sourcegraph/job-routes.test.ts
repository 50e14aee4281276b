// What is done for one running job under its own token: log entries and files, against a real server.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { addExecutionLogEntry } from '#sourcegraph/add-execution-log-entry.ts';
import { logEntryBody } from '#sourcegraph/execution-log-entry.ts';
import { fetchFile } from '#sourcegraph/files.ts';
import { gitCloneUrl, gitHeaders } from '#sourcegraph/git.ts';
import { createHttpTransport, type HttpTransport } from '#sourcegraph/http.ts';
import { updateExecutionLogEntry } from '#sourcegraph/update-execution-log-entry.ts';
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

let server: ScriptedServer;
let elsewhere: ScriptedServer;
let transport: HttpTransport;
beforeAll(async () => {
  server = await startServer();
  elsewhere = await startServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await elsewhere[Symbol.asyncDispose]();
});
// A connection of its own for each test: a kept one would be replaced, and the request sent twice, where that is allowed.
beforeEach(() => {
  transport = createHttpTransport();
  server.requests.length = 0;
  elsewhere.requests.length = 0;
});
afterEach(() => transport.close());

const UNKNOWN_JOB = replyJson({ error: 'unknown job' }, 500);
const access = () => ({ frontendUrl: server.url, queue: 'batches', jobId: 42, token: 'job-token', executorName: 'e' });
const wire = () => ({ transport, frontendUrl: server.url });
const add = () => addExecutionLogEntry(wire(), access(), undefined, entry, undefined);
const update = (out = '') => updateExecutionLogEntry(wire(), access(), undefined, 2, { ...entry, out }, undefined);
const fetch = (bucket: string, key: string) => fetchFile(wire(), access(), undefined, { bucket, key }, undefined);
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

describe('adding an entry', () => {
  const rows: [string, Script[], object, number][] = [
    ['added', [reply(200, '3')], { kind: 'added', entryId: 3 }, 1],
    ['not ours', [UNKNOWN_JOB], { kind: 'unknown-job' }, 1],
    ['token gone', [reply(401)], { kind: 'refused', status: 401 }, 1],
    ['answer lost', [reset], { kind: 'unknown-whether-added' }, 1],
    ['gateway', [reply(502)], { kind: 'unknown-whether-added' }, 1],
    ['an answer that is no ID', [reply(200, '"x"')], { kind: 'unknown-whether-added' }, 1],
    ['ID zero', [reply(200, '0')], { kind: 'unknown-whether-added' }, 1],
    ['half an answer', [raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1')], { kind: 'unknown-whether-added' }, 1],
    ['asked to wait: surely not added', [reply(429)], { why: 'rate-limited', mayHaveTakenEffect: false }, 1],
  ];
  test.each(rows)('%s', async (_name, scripts, expected, requests) => {
    server.answer(...scripts);
    expect(await add()).toMatchObject(expected);
    expect(server.requests).toHaveLength(requests);
    expect(server.requests[0]).toMatchObject({
      path: '/.executors/queue/batches/addExecutionLogEntry',
      headers: { authorization: 'Bearer job-token', 'x-sourcegraph-job-id': '42', 'x-sourcegraph-executor-name': 'e' },
    });
  });
});

describe('updating an entry', () => {
  const rows: [string, Script[], object, number][] = [
    ['updated', [reply(204)], { kind: 'updated' }, 1],
    ['unknown', [UNKNOWN_JOB], { kind: 'unknown-job' }, 1],
    ['forbidden', [reply(403)], { kind: 'refused' }, 1],
    ['answer lost', [reset], { why: 'connection-lost' }, 1],
    ['asked to wait', [reply(429, '', { 'retry-after': '3' })], { why: 'rate-limited', retryAfterMs: 3000 }, 1],
    ['gateway', [reply(503)], { why: 'server-error', status: 503 }, 1],
    ['redirected', [reply(302, '', { location: '/sign-in' })], { why: 'redirected' }, 1],
  ];
  test.each(rows)('%s', async (_name, scripts, expected, requests) => {
    server.answer(...scripts);
    expect(await update('stdout: x\n')).toMatchObject(expected);
    expect(server.requests).toHaveLength(requests);
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ executorName: 'e', jobId: 42, entryId: 2 });
  });
});

describe('fetching a file', () => {
  const fetchIt = () => fetch('batch-changes', 'spec/file ä');
  test('its bytes', async () => {
    server.answer(reply(200, WEB_PAGE));
    const answer = await fetchIt();
    expect(answer.kind === 'file' && Buffer.from(answer.bytes).toString()).toBe(WEB_PAGE);
    expect(server.requests[0]).toMatchObject({
      path: '/.executors/files/batch-changes/spec/file%20%C3%A4',
      headers: { authorization: 'Bearer job-token' },
    });
  });
  test('a redirect to another host goes without any of our headers', async () => {
    server.answer(reply(307, '', { location: `${elsewhere.url}/blob?signature=1` }));
    elsewhere.answer(reply(200, 'blob'));
    expect(await fetchIt()).toMatchObject({ kind: 'file' });
    const headers = elsewhere.requests[0]?.headers ?? {};
    expect(Object.keys(headers).filter((name) => /authorization|sourcegraph/.test(name))).toEqual([]);
  });
  test('a redirect on the same host keeps them', async () => {
    server.answer(reply(302, '', { location: '/elsewhere' }), reply(200, 'x'));
    expect(await fetchIt()).toMatchObject({ kind: 'file' });
    expect(server.requests[1]).toMatchObject({ path: '/elsewhere', headers: { authorization: 'Bearer job-token' } });
  });
  test('there and back again: the headers do not come back', async () => {
    server.answer(reply(302, '', { location: `${elsewhere.url}/` }), reply(200, 'x'));
    elsewhere.answer(reply(302, '', { location: `${server.url}/back` }));
    await fetchIt();
    expect(server.requests[1]?.headers.authorization).toBeUndefined();
  });

  const rows: [string, Script[], object, number][] = [
    ['not there', [reply(404)], { kind: 'not-found' }, 1],
    ['forbidden', [reply(403)], { kind: 'refused', status: 403 }, 1],
    ['gateway', [reply(500)], { why: 'server-error', status: 500 }, 1],
    ['reset', [reset], { why: 'connection-lost' }, 1],
    ['cut off', [raw('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx')], { why: 'connection-lost' }, 1],
    ['a redirect for ever', [reply(302, '', { location: '/a' })], { why: 'redirected' }, 6],
    ['a redirect to nowhere', [reply(302)], { why: 'redirected' }, 1],
    ['a redirect to a file', [reply(302, '', { location: 'file:///etc/passwd' })], { why: 'redirected' }, 1],
    ['a status without a file', [reply(204)], { why: 'garbled' }, 1],
  ];
  test.each(rows)('%s', async (_name, scripts, expected, requests) => {
    server.answer(...scripts);
    expect(await fetchIt()).toMatchObject(expected);
    expect(server.requests).toHaveLength(requests);
  });

  test.each(['../x', 'a/../../x', '.', '..', 'a/.'])('a key that would lead elsewhere: %s', async (key) => {
    expect(await fetch('b', key)).toMatchObject({ kind: 'unreachable' });
    expect(server.requests).toHaveLength(0);
  });
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
