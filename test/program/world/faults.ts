// What may go wrong between an executor and its instance, on the wire: each fault says whether the request still takes
// effect, and what the executor then sees.
import type { ServerResponse } from 'node:http';

export type Route =
  'auth' | 'dequeue' | 'heartbeat' | 'add' | 'update' | 'mark' | 'git' | 'files' | 'version' | 'other';

/** What the instance would have answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** `before`: the request never arrives. `after`: it takes effect, and only the answer is spoilt. */
export type Fault =
  | { readonly when: 'before'; readonly reply: (response: ServerResponse) => void }
  | { readonly when: 'after'; readonly reply: (response: ServerResponse, answer: Answer) => void }
  | { readonly when: 'late'; readonly delayMs: number }
  | { readonly when: 'twice' };

const spoken = (status: number, type: string, body: string, headers: Record<string, string> = {}): Fault => ({
  when: 'before',
  reply: (response) => void response.writeHead(status, { 'content-type': type, ...headers }).end(body),
});

const HTML = '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>';

export const FAULTS = {
  'HTTP 500': spoken(500, 'application/json', '{"error":"database is down"}'),
  'HTTP 502 with an HTML page': spoken(502, 'text/html', HTML),
  'HTTP 200 with an HTML page': spoken(200, 'text/html', HTML),
  'HTTP 503 without a body': spoken(503, 'text/plain', ''),
  'HTTP 429 with Retry-After': spoken(429, 'text/plain', 'slow down', { 'retry-after': '1' }),
  'a redirect to another host': spoken(302, 'text/plain', '', { location: 'http://127.0.0.1:9/' }),
  'a connection reset': { when: 'before', reply: (response) => void response.socket?.resetAndDestroy() },
  'a hung connection': { when: 'before', reply: () => undefined },
  'an answer lost after it took effect': {
    when: 'after',
    reply: (response) => void response.socket?.resetAndDestroy(),
  },
  'a truncated answer': {
    when: 'after',
    reply: (response, { status, body }) => {
      response.writeHead(status, { 'content-length': String(body.length + 10) });
      response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.socket?.destroy());
    },
  },
  'half of the JSON with its length right': {
    when: 'after',
    reply: (response, { status, body }) => void response.writeHead(status).end(body.subarray(0, body.length >> 1)),
  },
  'bytes that are no JSON': {
    when: 'after',
    reply: (response) => void response.writeHead(200).end(Buffer.from([0, 255, 254, 123, 1])),
  },
  'an empty answer': { when: 'after', reply: (response) => void response.writeHead(200).end() },
  'JSON of another shape': { when: 'after', reply: (response) => void response.writeHead(200).end('["what?"]') },
  'a slow answer': { when: 'late', delayMs: 2_000 },
  'the request delivered twice': { when: 'twice' },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];
