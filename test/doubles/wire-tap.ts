// Between whoever calls and a service on a loopback port: a test hears of each call before the service does, and of its
// answer before the caller does, and may cut the wire at either moment.
import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Passing {
  /** AWS's name of the operation, or the last part of the path. */
  readonly operation: string;
  /** `asked`: the service does not know of it yet. `answered`: it has taken effect, and the caller does not know. */
  readonly phase: 'asked' | 'answered';
  /** Of the request. */
  readonly body: string;
  /** Of the answer. */
  readonly status?: number;
}

/** `cut`: what passes goes no further, and the caller's connection is reset. */
export type Watch = (passing: Passing) => Promise<'pass' | 'cut'>;

export interface WireTap {
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** `behind`: base URL of the service. */
export async function tapWire(behind: string, watch: Watch): Promise<WireTap> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((request, response) => {
    void relay(request).then(
      (answer) => {
        if (answer === 'cut') response.socket?.resetAndDestroy();
        else response.writeHead(answer.status, withoutFraming(answer.headers)).end(answer.body);
      },
      () => response.socket?.resetAndDestroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      agent.destroy();
    },
  };

  async function relay(request: IncomingMessage): Promise<Answer | 'cut'> {
    const body = await bytes(request);
    const call = { operation: operationOf(request), body: body.toString('utf8') };
    if ((await watch({ ...call, phase: 'asked' })) === 'cut') return 'cut';
    const answer = await forward(request, body);
    return (await watch({ ...call, phase: 'answered', status: answer.status })) === 'cut' ? 'cut' : answer;
  }

  function forward({ headers, method, url }: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = { method, headers: withoutFraming(headers), agent };
      const outgoing = send(new URL(url ?? '', behind), options, (answer) => {
        bytes(answer).then(
          (read) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: read }),
          reject,
        );
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

function operationOf({ headers, url = '' }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  return typeof target === 'string' ? target.replace(/^.*\./, '') : url.replace(/\?.*$/, '').replace(/^.*\//, '');
}

/** Whole bodies are sent on, on connections of one's own. */
function withoutFraming(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const framing = ['connection', 'keep-alive', 'transfer-encoding'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !framing.includes(name)));
}

async function bytes(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
