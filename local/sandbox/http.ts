// The sandbox Sourcegraph's HTTP skin: routes, bodies and statuses over the rules. One core, one port on loopback.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveGit } from './git-backend.ts';
import { identifyExecutor, identifyJob } from './identify.ts';
import { queueRoute } from './queue-routes.ts';
import { errorReply, type Reply } from './reply.ts';
import type { SandboxRules } from './rules.ts';

export interface SandboxHttpOptions {
  readonly rules: SandboxRules;
  /** Read at each request, so that a test can rotate it; empty: not configured. */
  readonly accessToken: () => string;
  readonly version: string;
  /** The git directory of a repository by its name; undefined: no such repository. */
  readonly repository: (name: string) => string | undefined;
  /** Bytes of the files route by `bucket/key`. */
  readonly file: (path: string) => Uint8Array | undefined;
  /** PATH and HOME for git. */
  readonly gitEnvironment: NodeJS.ProcessEnv;
}

const BODY_BYTES_MAX = 512 * 1024 * 1024;

/** Listens on a port (0: any free one) of loopback, or of an address where an engine's containers reach it. */
export async function startSandboxHttp(
  options: SandboxHttpOptions,
  port = 0,
  host = '127.0.0.1',
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, answer) => {
    handle(options, request, answer).catch((error: unknown) => {
      // A broken upload of the caller, or a bug of ours: the caller sees what it would see of a real instance.
      if (!answer.headersSent) answer.statusCode = 500;
      answer.end(JSON.stringify({ error: error instanceof Error ? error.message : 'internal error' }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { url: `http://${host}:${(server.address() as AddressInfo).port}`, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function handle(options: SandboxHttpOptions, request: IncomingMessage, answer: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://sandbox');
  if (url.pathname === '/.api/src-cli/version') {
    send(answer, { status: 200, json: { version: options.version } });
    return;
  }
  if (!url.pathname.startsWith('/.executors/')) {
    send(answer, { status: 404, text: '404 page not found\n' });
    return;
  }
  const route = url.pathname.slice('/.executors/'.length);
  if (route.startsWith('git/')) {
    serveGitRoute(options, route.slice('git/'.length), url.search.slice(1), request, answer);
    return;
  }
  if (route.startsWith('files/')) {
    send(
      answer,
      serveFile(options, decodeURIComponent(route.slice('files/'.length)), request),
      request.method === 'HEAD',
    );
    return;
  }
  if (route === 'test/auth') {
    send(answer, testAuth(options, request));
    return;
  }
  const queue = /^queue\/(?:([^/]+)\/)?([A-Za-z]+)$/.exec(route);
  if (queue === null) {
    send(answer, { status: 404, text: '404 page not found\n' });
    return;
  }
  if (request.method !== 'POST') {
    send(answer, { status: 405, text: '' });
    return;
  }
  const name = queue[1] === undefined ? undefined : decodeURIComponent(queue[1]);
  send(answer, queueRoute(options, name, queue[2] ?? '', request, await readBody(request)));
}

function testAuth(options: SandboxHttpOptions, request: IncomingMessage): Reply {
  const caller = identifyExecutor(request.headers, options.accessToken());
  return caller.kind === 'error' ? errorReply(caller) : { status: 200, text: 'ok' };
}

function serveGitRoute(
  options: SandboxHttpOptions,
  rest: string,
  query: string,
  request: IncomingMessage,
  answer: ServerResponse,
): void {
  const match = /^(.+?)(\/info\/refs|\/git-upload-pack)$/.exec(decodeURIComponent(rest));
  if (match === null) {
    send(answer, { status: 404, text: '404 page not found\n' });
    return;
  }
  const [, name = '', service = ''] = match;
  const caller = identifyJob(request.headers, options.accessToken(), {});
  if (caller.kind === 'error') {
    send(answer, errorReply(caller));
    return;
  }
  if (caller.identity.jobToken !== undefined) {
    const authorized = options.rules.authorize(caller.identity);
    if (authorized.kind === 'error') {
      send(answer, errorReply(authorized));
      return;
    }
    if (authorized.job.template.repositoryName !== name) {
      send(answer, { status: 403, text: 'invalid token' });
      return;
    }
  }
  const gitDirectory = options.repository(name);
  if (gitDirectory === undefined) {
    send(answer, { status: 404, text: 'repository not found' });
    return;
  }
  serveGit({ gitDirectory, service, query }, request, answer, options.gitEnvironment);
}

function serveFile(
  options: SandboxHttpOptions,
  path: string,
  request: IncomingMessage,
): Reply & { readonly bytes?: Uint8Array } {
  const caller = identifyJob(request.headers, options.accessToken(), {});
  if (caller.kind === 'error') return errorReply(caller);
  if (caller.identity.jobToken !== undefined) {
    const authorized = options.rules.authorize(caller.identity);
    if (authorized.kind === 'error') return errorReply(authorized);
  }
  const bytes = options.file(path);
  return bytes === undefined ? { status: 404, text: 'workspace file does not exist' } : { status: 200, bytes };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Error('request body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(
  answer: ServerResponse,
  { status, json, text, bytes }: Reply & { readonly bytes?: Uint8Array },
  headOnly = false,
): void {
  answer.statusCode = status;
  const body = bytes ?? text ?? (json === undefined ? '' : JSON.stringify(json));
  answer.setHeader('Content-Length', typeof body === 'string' ? Buffer.byteLength(body) : body.length);
  answer.end(headOnly ? undefined : body);
}
