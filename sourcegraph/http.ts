// The one HTTP layer under every route, in the dispatcher and in the runner: a thin use of node:http(s), small enough
// for both bundles. It follows no redirect, retries nothing, and never throws: each request has a deadline, a limit on
// the answer's size, and ends as a response or as a failure that says whether the request may have arrived.
import * as http from 'node:http';
import type * as https from 'node:https';
import type { Trouble } from './answers.ts';
import { sortNetworkError } from './network-errors.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From the call to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpFailure {
  readonly kind: 'failure';
  readonly why: Trouble;
  readonly detail: string;
  /** False only when no byte of the request can have reached the server. */
  readonly mayHaveTakenEffect: boolean;
  /** A kept connection was closed just as we used it: the one failure that says nothing about the server. */
  readonly staleConnection: boolean;
}

export interface HttpTransport {
  send(request: HttpRequest): Promise<HttpResponse | HttpFailure>;
  /** Closes idle connections; the transport must not be used afterwards. */
  close(): void;
}

export interface HttpTransportOptions {
  /** Proxies as the environment would name them; NO_PROXY is a comma list of hosts. None: direct. */
  readonly proxy?: { readonly http?: string; readonly https?: string; readonly no?: string };
  /** PEM certificates trusted beside the usual ones. */
  readonly caBundle?: string;
  /** False: any certificate is accepted. */
  readonly tlsVerify?: boolean;
}

// Below the idle time-outs of the usual front ends (nginx 75 s, AWS load balancers 60 s): the side that closes second loses
// a request. Node's own server announces its 5 s, which the agent honours.
const IDLE_CONNECTION_MS = 30_000;

export function createHttpTransport(options: HttpTransportOptions = {}): HttpTransport {
  const proxies = [options.proxy?.http, options.proxy?.https].flatMap((text) => {
    const url = text === undefined ? null : URL.parse(text);
    return url === null ? [] : [url];
  });
  const common = { keepAlive: true, timeout: IDLE_CONNECTION_MS, proxyEnv: proxyEnvironment(options.proxy) };
  const plain: Way = { request: http.request, agent: new http.Agent(common) };
  let secure: Way | undefined;
  const wayTo = (url: URL): Way => (url.protocol === 'https:' ? (secure ??= secureWay(common, options)) : plain);
  return {
    send: (request) => sendOnce(request, wayTo(request.url), proxies),
    close: () => {
      plain.agent.destroy();
      secure?.agent.destroy();
    },
  };
}

interface Way {
  readonly request: (url: URL, options: http.RequestOptions) => http.ClientRequest;
  readonly agent: http.Agent;
}

// TLS is loaded when the first https URL comes: it is a quarter of the CPU that a step-runner's start takes.
function secureWay(common: http.AgentOptions, options: HttpTransportOptions): Way {
  const { Agent, request } = process.getBuiltinModule('node:https');
  return { request, agent: new Agent({ ...common, ...tlsOptions(options) }) };
}

function proxyEnvironment(proxy: HttpTransportOptions['proxy']): Record<string, string> {
  return {
    ...(proxy?.http === undefined ? {} : { HTTP_PROXY: proxy.http }),
    ...(proxy?.https === undefined ? {} : { HTTPS_PROXY: proxy.https }),
    ...(proxy?.no === undefined ? {} : { NO_PROXY: proxy.no }),
  };
}

function tlsOptions(options: HttpTransportOptions): https.AgentOptions {
  return {
    rejectUnauthorized: options.tlsVerify ?? true,
    // `ca` replaces the default roots, so they are named again.
    ...(options.caBundle === undefined
      ? {}
      : { ca: [...process.getBuiltinModule('node:tls').getCACertificates('default'), options.caBundle] }),
  };
}

function sendOnce(
  request: HttpRequest,
  { request: open, agent }: Way,
  proxies: readonly URL[],
): Promise<HttpResponse | HttpFailure> {
  const { promise, resolve } = Promise.withResolvers<HttpResponse | HttpFailure>();
  if (request.signal?.aborted === true) return Promise.resolve(abortedBefore);
  const body = request.body === undefined ? undefined : Buffer.from(request.body, 'utf8');
  let outgoing: http.ClientRequest;
  try {
    outgoing = open(request.url, {
      agent,
      method: request.method,
      headers: { ...request.headers, ...(body === undefined ? {} : { 'Content-Length': String(body.length) }) },
    });
  } catch (error) {
    // A token with a line break or a URL that node:http will not take: nothing has been sent.
    return Promise.resolve(failure({ why: 'other', detail: withoutHeaderValue(error) }, false, false));
  }

  let connected = false;
  let gotResponse = false;
  let settled = false;
  const settle = (outcome: HttpResponse | HttpFailure) => {
    if (settled) return;
    settled = true;
    clearTimeout(deadline);
    request.signal?.removeEventListener('abort', onAbort);
    resolve(outcome);
  };
  const giveUp = (reason: { why: Trouble; detail: string }) => {
    settle(failure(reason, connected && !refusedInHandshake(reason.why, outgoing), false));
    outgoing.destroy();
  };
  const onAbort = () => giveUp({ why: 'aborted', detail: 'the call was given up' });
  const deadline = setTimeout(() => {
    const stage = gotResponse ? 'the answer was not complete' : connected ? 'no answer came' : 'no connection was made';
    giveUp({ why: 'time-out', detail: `${stage} within ${request.timeoutMs / 1000} s` });
  }, request.timeoutMs);
  request.signal?.addEventListener('abort', onAbort, { once: true });

  outgoing.on('socket', (socket) => {
    if (!socket.connecting) connected = true;
    else socket.once('connect', () => (connected = true));
  });
  outgoing.on('error', (error) => {
    const reason = sortNetworkError(error, proxies);
    const stale = outgoing.reusedSocket && reason.why === 'connection-lost' && !gotResponse;
    settle(failure(reason, connected && !refusedInHandshake(reason.why, outgoing), stale));
  });
  outgoing.on('response', (incoming) => {
    gotResponse = true;
    collect(incoming, request.answerBytesMax, settle, giveUp);
  });
  outgoing.end(body);
  return promise;
}

/** Reads the answer's body, up to the limit; a body that ends before its announced length is a lost connection. */
function collect(
  incoming: http.IncomingMessage,
  bytesMax: number,
  settle: (outcome: HttpResponse) => void,
  giveUp: (reason: { why: Trouble; detail: string }) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > bytesMax) giveUp({ why: 'too-large', detail: `the answer is larger than ${bytesMax} bytes` });
    else chunks.push(chunk);
  });
  incoming.on('error', () => giveUp({ why: 'connection-lost', detail: 'the connection broke within the answer' }));
  incoming.on('end', () => {
    settle({
      kind: 'response',
      status: incoming.statusCode ?? 0,
      headers: incoming.headers,
      body: Buffer.concat(chunks),
    });
  });
}

// A handshake that fails on a new connection ends before the request is written.
function refusedInHandshake(why: Trouble, outgoing: http.ClientRequest): boolean {
  return !outgoing.reusedSocket && (why.startsWith('tls-') || why === 'proxy');
}

function failure(
  reason: { why: Trouble; detail: string },
  mayHaveTakenEffect: boolean,
  staleConnection: boolean,
): HttpFailure {
  return { kind: 'failure', ...reason, mayHaveTakenEffect, staleConnection };
}

const abortedBefore = failure({ why: 'aborted', detail: 'the call was given up before it began' }, false, false);

// node:http's messages name the offending header; its value may be a token and is never part of them, but we do not rely on that.
function withoutHeaderValue(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return code === 'ERR_INVALID_CHAR'
    ? 'the token or another header holds a character that HTTP forbids, such as a line break (ERR_INVALID_CHAR)'
    : `the request could not be made (${code})`;
}
