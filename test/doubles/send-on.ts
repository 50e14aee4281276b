// What a double that stands before a real service does with a request that passes: sends it on, and reads the answer.
import { type IncomingHttpHeaders, request, type RequestOptions } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface SentOn {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Resolves with the whole answer; rejects when the connection breaks. */
export function sendOn(target: URL, options: RequestOptions, body: Buffer): Promise<SentOn> {
  return new Promise((resolve, reject) => {
    const outgoing = request(target, options, (answer) => {
      buffer(answer).then(
        (read) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: read }),
        reject,
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
