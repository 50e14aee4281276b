// Every way in which an instance can be out of reach, against real sockets: what kind of trouble the client sees, whether
// it knows that the request had no effect, and that the message names what to mend and holds no secret.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeRefusal, describeTrouble, withoutCredentials } from '#sourcegraph/connection-trouble.ts';
import { exchange } from '#sourcegraph/exchange.ts';
import { createHttpTransport, type HttpTransportOptions } from '#sourcegraph/http.ts';
import { selfSigned } from './certificate.ts';
import { hang, raw, reply, reset, startServer, WEB_PAGE, type Script, type ScriptedServer } from './scripted-server.ts';

const TOKEN = 'the-executor-token';
const DAY = 86_400_000;

async function ask(
  frontendUrl: string,
  options: HttpTransportOptions & { repeatable?: boolean; timeoutMs?: number } = {},
) {
  const transport = createHttpTransport(options);
  try {
    return await exchange(
      { transport, frontendUrl },
      {
        call: 'dequeue',
        method: 'POST',
        path: '/.executors/queue/batches/dequeue',
        headers: { Authorization: `token-executor ${TOKEN}` },
        body: { executorName: 'e' },
        timeoutMs: options.timeoutMs ?? 2000,
        answerBytesMax: 1000,
        repeatable: options.repeatable ?? false,
      },
    );
  } finally {
    transport.close();
  }
}

describe('answers over the wire', () => {
  let server: ScriptedServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const half = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id":';
  const rows: [string, Script, object][] = [
    ['200 with text', reply(200, 'ok'), { kind: 'answered', status: 200, text: 'ok' }],
    ['204', reply(204), { kind: 'answered', status: 204, text: '' }],
    ['200 with a web page', reply(200, WEB_PAGE), { why: 'not-sourcegraph', mayHaveTakenEffect: true }],
    [
      '301',
      reply(301, '', { location: 'https://other.example/x?token=y' }),
      { why: 'redirected', mayHaveTakenEffect: false },
    ],
    ['302 without address', reply(302), { why: 'redirected' }],
    ['400', reply(400, 'Failed to unmarshal payload: x'), { kind: 'refused', status: 400 }],
    ['401', reply(401, 'token is invalid'), { kind: 'refused', status: 401 }],
    ['401 without text', reply(401), { kind: 'refused', status: 401 }],
    ['401 of a login page', reply(401, WEB_PAGE), { why: 'not-sourcegraph', mayHaveTakenEffect: false }],
    ['403', reply(403), { kind: 'refused', status: 403 }],
    ['404', reply(404, 'null'), { kind: 'refused', status: 404 }],
    ['404 of another web server', reply(404, WEB_PAGE), { why: 'not-sourcegraph', mayHaveTakenEffect: false }],
    ['405', reply(405), { kind: 'refused', status: 405 }],
    ['407', reply(407), { why: 'proxy', mayHaveTakenEffect: false }],
    ['408', reply(408), { why: 'time-out', mayHaveTakenEffect: false }],
    ['409', reply(409, 'conflict'), { kind: 'refused', status: 409 }],
    ['413', reply(413, WEB_PAGE), { why: 'not-sourcegraph' }],
    [
      '429',
      reply(429, '', { 'retry-after': '7' }),
      { why: 'rate-limited', mayHaveTakenEffect: false, retryAfterMs: 7000 },
    ],
    [
      '500 of the instance',
      reply(500, '{"error":"worker hostname"}'),
      { why: 'server-error', said: 'worker hostname' },
    ],
    [
      '500 not configured',
      reply(500, 'Executors are not configured on this instance'),
      { kind: 'refused', status: 500 },
    ],
    ['500 unknown queue', reply(500, `{"error":"Invalid queue name(s) 'x' found."}`), { kind: 'refused', status: 500 }],
    [
      '502 of a gateway',
      reply(502, WEB_PAGE),
      { why: 'server-error', mayHaveTakenEffect: true, status: 502, said: '' },
    ],
    [
      '503 with a date',
      reply(503, '', { date: 'Tue, 24 Nov 2026 12:00:00 GMT', 'retry-after': 'Tue, 24 Nov 2026 12:00:09 GMT' }),
      { why: 'server-error', retryAfterMs: 9000 },
    ],
    ['504', reply(504), { why: 'server-error', status: 504 }],
    ['an unknown status', reply(799), { why: 'server-error' }],
    ['a body larger than allowed', reply(200, 'x'.repeat(2000)), { why: 'too-large', mayHaveTakenEffect: true }],
    ['half a body', raw(half), { why: 'connection-lost', mayHaveTakenEffect: true }],
    [
      'a chunked body cut off',
      raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'),
      { why: 'connection-lost' },
    ],
    ['half of the headers', raw('HTTP/1.1 200 OK\r\nContent-'), { why: 'connection-lost', mayHaveTakenEffect: true }],
    ['no HTTP', raw('SSH-2.0-OpenSSH_9.6\r\n'), { why: 'garbled', mayHaveTakenEffect: true }],
    ['NUL bytes', raw('\0'.repeat(100)), { why: 'garbled' }],
    ['headers without end', raw(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`), { why: 'garbled' }],
    ['no answer at all', raw(''), { why: 'connection-lost', mayHaveTakenEffect: true }],
    ['a reset', reset, { why: 'connection-lost', mayHaveTakenEffect: true }],
    [
      'compressed without being asked',
      reply(200, '\x1f\x8b\x08', { 'content-encoding': 'gzip' }),
      { kind: 'answered' },
    ],
  ];
  test.each(rows)('%s', async (_name, script, expected) => {
    server.answer(script);
    const answer = await ask(server.url);
    expect(answer).toMatchObject(expected);
    const message = 'message' in answer ? answer.message : '';
    expect(message).not.toMatch(/the-executor-token|secret-of-the-page|token=y/);
    if (answer.kind !== 'answered') expect(message).toMatch(/^dequeue: .+ \(.+\)$/);
  });

  test('a server that hangs is given up in time', async () => {
    server.answer(hang);
    const before = performance.now();
    expect(await ask(server.url, { timeoutMs: 30 })).toMatchObject({ why: 'time-out', mayHaveTakenEffect: true });
    expect(performance.now() - before).toBeLessThan(1000);
  });

  test('a server that hangs within its answer is given up in time', async () => {
    server.answer((_request, response) => response.write('{'));
    expect(await ask(server.url, { timeoutMs: 30 })).toMatchObject({ why: 'time-out', mayHaveTakenEffect: true });
  });

  test('control characters of a server do not get into our log', async () => {
    server.answer(reply(400, 'a\u001b[31m\nfake log line'));
    const answer = await ask(server.url);
    expect('message' in answer ? answer.message : '').toContain('a [31m fake log line');
  });

  test.each([
    ['repeatable: asked again on a new connection', true, { kind: 'answered' }, 2],
    ['not repeatable: told', false, { why: 'connection-lost', mayHaveTakenEffect: true }, 1],
  ])('an idle connection that the server closed, %s', async (_name, repeatable, expected, asked) => {
    const transport = createHttpTransport();
    const request = { call: 'x', method: 'POST', path: '/', headers: {}, body: {}, timeoutMs: 2000 } as const;
    server.answer(reply(200, 'warm'), reset, reply(200, 'again'));
    await exchange({ transport, frontendUrl: server.url }, { ...request, repeatable });
    const before = server.requests.length;
    // The socket is handed back to the agent after this turn of the loop.
    await new Promise((resolve) => setImmediate(resolve));
    const answer = await exchange({ transport, frontendUrl: server.url }, { ...request, repeatable });
    transport.close();
    expect(answer).toMatchObject(expected);
    expect(server.requests.length - before).toBe(asked);
  });

  test.each([
    ['before', AbortSignal.abort(), false],
    ['meanwhile', undefined, true],
  ])('a call given up %s', async (_name, given, mayHaveTakenEffect) => {
    const controller = new AbortController();
    const signal = given ?? controller.signal;
    server.answer(() => controller.abort());
    const transport = createHttpTransport();
    const request = { call: 'x', method: 'GET', path: '/', headers: {}, timeoutMs: 2000, repeatable: true } as const;
    const answer = await exchange({ transport, frontendUrl: server.url }, { ...request, signal });
    transport.close();
    expect(answer).toMatchObject({ why: 'aborted', mayHaveTakenEffect });
  });
});

describe('no connection', () => {
  test('nothing listens', async () => {
    const server = await startServer();
    await server[Symbol.asyncDispose]();
    const answer = await ask(server.url);
    expect(answer).toMatchObject({ why: 'connection-refused', mayHaveTakenEffect: false });
    expect('message' in answer && answer.message).toContain('EXECUTOR_FRONTEND_URL');
  });

  test('a name that does not resolve', async () => {
    expect(await ask('http://sourcegraph.invalid')).toMatchObject({ why: 'dns', mayHaveTakenEffect: false });
  });

  test.each(['sourcegraph.example.com', 'ftp://sourcegraph.example.com', ''])('no URL: %j', async (url) => {
    expect(await ask(url)).toMatchObject({ why: 'other', mayHaveTakenEffect: false });
  });

  test('a token that is no header', async () => {
    const transport = createHttpTransport();
    const answer = await transport.send({
      method: 'GET',
      url: new URL('http://127.0.0.1:1/'),
      headers: { Authorization: 'token-executor a\nb' },
      timeoutMs: 1000,
      answerBytesMax: 10,
    });
    expect(answer).toMatchObject({ kind: 'failure', why: 'other', mayHaveTakenEffect: false });
    expect(JSON.stringify(answer)).not.toContain('a\\nb');
  });
});

describe('TLS', () => {
  const now = Date.now();
  const good = selfSigned('127.0.0.1', new Date(now - DAY), new Date(now + DAY));
  const rows: [string, typeof good, HttpTransportOptions, object][] = [
    ['self-signed', good, {}, { why: 'tls-untrusted', mayHaveTakenEffect: false }],
    ['self-signed, in the CA bundle', good, { caBundle: good.cert }, { kind: 'answered' }],
    ['self-signed, verification off', good, { tlsVerify: false }, { kind: 'answered' }],
  ];
  const old = selfSigned('127.0.0.1', new Date(now - 2 * DAY), new Date(now - DAY));
  const early = selfSigned('127.0.0.1', new Date(now + DAY), new Date(now + 2 * DAY));
  const other = selfSigned('sourcegraph.example.com', new Date(now - DAY), new Date(now + DAY));
  rows.push(
    ['expired', old, { caBundle: old.cert }, { why: 'tls-expired', mayHaveTakenEffect: false }],
    ['not valid yet', early, { caBundle: early.cert }, { why: 'tls-expired' }],
    ['of another host', other, { caBundle: other.cert }, { why: 'tls-host-mismatch', mayHaveTakenEffect: false }],
  );
  test.each(rows)('a certificate that is %s', async (_name, certificate, options, expected) => {
    await using server = await startServer(certificate);
    server.answer(reply(204));
    expect(await ask(server.url, options)).toMatchObject(expected);
    expect(server.requests).toHaveLength('kind' in expected ? 1 : 0);
  });

  test('https:// where plain HTTP is spoken', async () => {
    await using server = await startServer();
    expect(await ask(server.url.replace('http:', 'https:'))).toMatchObject({
      why: 'tls-protocol',
      mayHaveTakenEffect: false,
    });
  });
});

describe('proxies', () => {
  const listen = async (server: http.Server): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://user:password@127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  test('plain HTTP goes through, with the proxy’s credentials for the proxy only', async () => {
    let seen: http.IncomingMessage | undefined;
    const proxy = http.createServer((request, response) => {
      seen = request;
      response.writeHead(204).end();
    });
    const answer = await ask('http://sourcegraph.invalid', { proxy: { http: await listen(proxy) } });
    proxy.close();
    expect(answer).toMatchObject({ kind: 'answered' });
    expect(seen?.url).toBe('http://sourcegraph.invalid/.executors/queue/batches/dequeue');
    expect(seen?.headers['proxy-authorization']).toBe(`Basic ${btoa('user:password')}`);
  });

  test.each([
    ['wants other credentials', 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'],
    ['cannot reach the instance', 'HTTP/1.1 502 Bad Gateway\r\n\r\n'],
    ['hangs up', ''],
  ])('a tunnel through a proxy that %s', async (_name, said) => {
    const proxy = http.createServer().on('connect', (_request, socket) => socket.end(said));
    const answer = await ask('https://sourcegraph.invalid', { proxy: { https: await listen(proxy) } });
    proxy.close();
    expect(answer).toMatchObject({ why: 'proxy', mayHaveTakenEffect: false });
    expect(JSON.stringify(answer)).not.toContain('password@');
  });

  test('a proxy that is not there is not taken for Sourcegraph', async () => {
    const proxy = http.createServer();
    const url = await listen(proxy);
    await new Promise((resolve) => proxy.close(resolve));
    expect(await ask('https://sourcegraph.invalid', { proxy: { https: url } })).toMatchObject({ why: 'proxy' });
    expect(await ask('http://sourcegraph.invalid', { proxy: { http: url } })).toMatchObject({ why: 'proxy' });
  });

  test('NO_PROXY goes around it', async () => {
    await using server = await startServer();
    server.answer(reply(204));
    const proxy = { http: 'http://127.0.0.1:1', no: '127.0.0.1' };
    expect(await ask(server.url, { proxy })).toMatchObject({ kind: 'answered' });
  });
});

describe('the words', () => {
  const context = { call: 'heartbeat', frontendUrl: 'https://user:password@sg.example.com' };
  test.each([
    ['dns', 'EXECUTOR_FRONTEND_URL'],
    ['connection-refused', 'EXECUTOR_FRONTEND_URL'],
    ['no-route', 'security groups'],
    ['tls-untrusted', 'EXECUTOR_TLS_CA_BUNDLE'],
    ['tls-expired', 'renew'],
    ['tls-host-mismatch', 'EXECUTOR_FRONTEND_URL'],
    ['tls-protocol', 'http://'],
    ['proxy', 'NO_PROXY'],
    ['time-out', 'firewall'],
    ['redirected', 'EXECUTOR_FRONTEND_URL'],
    ['not-sourcegraph', 'login page'],
    ['rate-limited', 'EXECUTOR_QUEUE_POLL_INTERVAL'],
    ['no-token', 'EXECUTOR_FRONTEND_PASSWORD'],
  ] as const)('%s names %s', (why, words) => {
    const message = describeTrouble(why, 'detail', context);
    expect(message).toContain(words);
    expect(message).not.toContain('password@');
    expect(message).toMatch(/sg\.example\.com|token/);
  });

  test.each([
    [401, '', 'executors.accessToken'],
    [403, '', 'token'],
    [404, '', 'EXECUTOR_QUEUE_NAME'],
    [413, '', 'limit'],
    [500, 'Executors are not configured on this instance', 'executors.accessToken'],
    [500, "Invalid queue name(s) 'x' found.", 'EXECUTOR_QUEUE_NAMES'],
    [418, 'teapot', 'teapot'],
  ])('%d %s names %s', (status, said, words) => {
    expect(describeRefusal(status, said, context)).toContain(words);
  });

  test.each([
    ['https://a:b@c.example/', 'https://c.example'],
    ['not a url //a:b@c', 'not a url //c'],
  ])('%s is shown as %s', (url, shown) => {
    expect(withoutCredentials(url)).toBe(shown);
  });
});
