// GET /.executors/files/{bucket}/{key}: a file of the job that was too large to come with it. The instance may redirect
// to its blob store: we follow, without the job's headers as soon as the host changes, because a token must not travel.
import { jobHeaders, type Headers, type JobAccess } from './access.ts';
import type { Refused, Unreachable } from './answers.ts';
import { describeTrouble, describeRefusal } from './connection-trouble.ts';
import type { Wire } from './exchange.ts';
import type { HttpFailure, HttpResponse } from './http.ts';
import { troubleOfStatus } from './status.ts';

export type FetchFileAnswer =
  { readonly kind: 'file'; readonly bytes: Uint8Array } | { readonly kind: 'not-found' } | Unreachable | Refused;

export interface FileRequest {
  readonly bucket: string;
  readonly key: string;
}

// Sourcegraph takes workspace files of up to 10 MB each.
const FILE_BYTES_MAX = 256 * 1024 * 1024;
const FILE_TIMEOUT_MS = 120_000;
const REDIRECTS_MAX = 5;

/** Reads the whole file; safe to repeat. */
export async function fetchFile(
  wire: Wire,
  job: JobAccess,
  fallbackExecutorToken: string | undefined,
  file: FileRequest,
  signal: AbortSignal | undefined,
): Promise<FetchFileAnswer> {
  const context = { call: `fetching the file ${file.key}`, frontendUrl: wire.frontendUrl };
  // The URL parser would resolve dots, and so ask for another file than the one named.
  if (/(^|\/)\.{1,2}(\/|$)/.test(`${file.bucket}/${file.key}`)) {
    return unreachable('other', 'bucket and key must not hold dot segments', context);
  }
  const start = URL.parse(`${wire.frontendUrl}/.executors/files/${encodePath(file.bucket)}/${encodePath(file.key)}`);
  if (start === null) return unreachable('other', 'the address is no URL', context);
  let url = start;
  let headers = jobHeaders(job, fallbackExecutorToken);
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const outcome = await get(wire, url, headers, signal);
    if (outcome.kind === 'failure') return unreachable(outcome.why, outcome.detail, context);
    if (outcome.status < 300 || outcome.status >= 400) return readFile(outcome, context);
    const next = redirectTarget(url, outcome.headers.location);
    if (next === undefined) return unreachable('redirected', `HTTP ${outcome.status} to no usable address`, context);
    if (next.origin !== url.origin) headers = {};
    url = next;
  }
  return unreachable('redirected', `more than ${REDIRECTS_MAX} redirects`, context);
}

async function get(
  wire: Wire,
  url: URL,
  headers: Headers,
  signal: AbortSignal | undefined,
): Promise<HttpResponse | HttpFailure> {
  const request = {
    method: 'GET' as const,
    url,
    headers,
    timeoutMs: FILE_TIMEOUT_MS,
    answerBytesMax: FILE_BYTES_MAX,
    signal,
  };
  const outcome = await wire.transport.send(request);
  return outcome.kind === 'failure' && outcome.staleConnection ? wire.transport.send(request) : outcome;
}

function readFile(response: HttpResponse, context: { call: string; frontendUrl: string }): FetchFileAnswer {
  const { status } = response;
  if (status === 200) return { kind: 'file', bytes: response.body };
  if (status === 404) return { kind: 'not-found' };
  const why = troubleOfStatus(status, false) ?? (status < 300 ? 'garbled' : undefined);
  if (why !== undefined) return unreachable(why, `HTTP ${status}`, context, status);
  return { kind: 'refused', status, message: describeRefusal(status, '', context) };
}

/** Where a redirect leads; undefined when there is nowhere to go, or when it would leave TLS. */
function redirectTarget(from: URL, location: string | undefined): URL | undefined {
  const target = location === undefined ? null : URL.parse(location, from.href);
  if (target === null || !/^https?:$/.test(target.protocol)) return undefined;
  return from.protocol === 'https:' && target.protocol === 'http:' ? undefined : target;
}

// A key is a path of its own, whose slashes are to be kept.
function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function unreachable(
  why: Unreachable['why'],
  detail: string,
  context: { call: string; frontendUrl: string },
  status?: number,
): Unreachable {
  const message = describeTrouble(why, detail, context);
  return { kind: 'unreachable', why, message, mayHaveTakenEffect: false, ...(status === undefined ? {} : { status }) };
}
