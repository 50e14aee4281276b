// S3 as our objects need it, in front of fauxqs, which ignores presigned URLs' signatures and times, and conditional
// writes, and tells nobody of new objects: all three are added here.
import { createServer, type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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

export interface StrictS3 {
  readonly url: string;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

export async function startStrictS3(options: StrictS3Options): Promise<StrictS3> {
  const server = createServer((request, response) => void answer(options, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(options: StrictS3Options, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? '';
  const url = new URL(request.url ?? '', `http://${request.headers.host ?? ''}`);
  const body = await bytes(request);
  const reply = await decide(options, { method, url, headers: request.headers }, body);
  response.writeHead(reply.status, reply.headers).end(reply.body);
  const isObject = /^\/[^/]+\/./.test(url.pathname);
  if (method === 'PUT' && isObject && reply.status === 200) {
    const [, bucket = '', ...key] = url.pathname.split('/');
    options.onCreated(bucket, key.join('/'));
  }
}

type Incoming = Parameters<typeof checkPresigned>[0];

async function decide(options: StrictS3Options, incoming: Incoming, body: Buffer): Promise<Reply> {
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

function refusal(status: number, code: string, message = code): Reply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
}

function forward({ behind }: StrictS3Options, { method, url, headers }: Incoming, body: Buffer): Promise<Reply> {
  const target = new URL(url.pathname + withoutSignature(url), behind);
  // Of a body that is not sent on: fauxqs would wait for it.
  const bodyHeaders = ['content-length', 'transfer-encoding'];
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !bodyHeaders.includes(name)));
  const length = body.length > 0 || method === 'PUT' ? { 'content-length': String(body.length) } : {};
  return new Promise((resolve, reject) => {
    const outgoing = send(target, { method, headers: { ...kept, host: target.host, ...length } }, (response) => {
      bytes(response).then(
        (reply) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: reply }),
        reject,
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

// Already checked; fauxqs would read some of these parameters as its own.
function withoutSignature(url: URL): string {
  const kept = [...url.searchParams].filter(([name]) => !name.startsWith('X-Amz-') && name !== 'x-id');
  return kept.length === 0 ? '' : `?${new URLSearchParams(kept).toString()}`;
}

async function bytes(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
