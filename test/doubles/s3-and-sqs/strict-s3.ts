// S3 as our objects need it, in front of fauxqs, which ignores presigned URLs' signatures and times, and conditional
// writes, and tells nobody of new objects: all three are added here.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Loopback, serveOnLoopback } from '../loopback.ts';
import { sendOn, type SentOn } from '../send-on.ts';
import { TEST_ACCOUNT } from '../test-account.ts';
import { checkPresigned, isPresigned } from './presigned.ts';

export interface StrictS3Options {
  /** fauxqs. */
  readonly behind: string;
  /** Called after an object was written, with the bucket and the key as they stand in the URL. */
  readonly onCreated: (bucket: string, encodedKey: string) => void;
  /** Milliseconds since the epoch; presigned URLs are judged by it. */
  readonly now: () => number;
}

export async function startStrictS3(options: StrictS3Options): Promise<Loopback> {
  const server = createServer((request, response) => void answer(options, request, response));
  return serveOnLoopback(server);
}

async function answer(options: StrictS3Options, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? '';
  const url = new URL(request.url ?? '', `http://${request.headers.host ?? ''}`);
  const body = await buffer(request);
  const reply = await decide(options, { method, url, headers: request.headers }, body);
  response.writeHead(reply.status, reply.headers).end(reply.body);
  const isObject = /^\/[^/]+\/./.test(url.pathname);
  if (method === 'PUT' && isObject && reply.status === 200) {
    const [, bucket = '', ...key] = url.pathname.split('/');
    options.onCreated(bucket, key.join('/'));
  }
}

type Incoming = Parameters<typeof checkPresigned>[0];

async function decide(options: StrictS3Options, incoming: Incoming, body: Buffer): Promise<SentOn> {
  const { method, url, headers } = incoming;
  if (isPresigned(url)) {
    const verdict = checkPresigned(incoming, TEST_ACCOUNT.credentials.secretAccessKey, options.now());
    if (verdict === 'mismatch') return refusal(403, 'SignatureDoesNotMatch');
    if (verdict === 'expired') return refusal(403, 'AccessDenied', 'Request has expired');
  }
  if (method === 'PUT' && headers['if-none-match'] === '*') {
    const there = await forward(options, { ...incoming, method: 'HEAD' }, Buffer.alloc(0));
    if (there.status === 200) return refusal(412, 'PreconditionFailed');
  }
  return forward(options, incoming, body);
}

function refusal(status: number, code: string, message = code): SentOn {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
}

function forward({ behind }: StrictS3Options, { method, url, headers }: Incoming, body: Buffer): Promise<SentOn> {
  const target = new URL(url.pathname + withoutSignature(url), behind);
  // Of a body that is not sent on: fauxqs would wait for it.
  const bodyHeaders = ['content-length', 'transfer-encoding'];
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !bodyHeaders.includes(name)));
  const length = body.length > 0 || method === 'PUT' ? { 'content-length': String(body.length) } : {};
  return sendOn(target, { method, headers: { ...kept, host: target.host, ...length } }, body);
}

// Already checked; fauxqs would read some of these parameters as its own.
function withoutSignature(url: URL): string {
  const kept = [...url.searchParams].filter(([name]) => !name.startsWith('X-Amz-') && name !== 'x-id');
  return kept.length === 0 ? '' : `?${new URLSearchParams(kept).toString()}`;
}
