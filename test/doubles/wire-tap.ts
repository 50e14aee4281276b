// Between whoever calls and a service on a loopback port: a test hears of each call before the service does, and of its
// answer before the caller does, and may cut the wire at either moment.
import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Loopback, serveOnLoopback } from './loopback.ts';
import { sendOn, type SentOn } from './send-on.ts';

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

/** `behind`: base URL of the service. */
export async function tapWire(behind: string, watch: Watch): Promise<Loopback> {
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
  const { close, url } = await serveOnLoopback(server);
  return { url, close: () => close().finally(() => agent.destroy()) };

  async function relay(request: IncomingMessage): Promise<SentOn | 'cut'> {
    const body = await buffer(request);
    const call = { operation: operationOf(request), body: body.toString('utf8') };
    if ((await watch({ ...call, phase: 'asked' })) === 'cut') return 'cut';
    const answer = await forward(request, body);
    return (await watch({ ...call, phase: 'answered', status: answer.status })) === 'cut' ? 'cut' : answer;
  }

  function forward({ headers, method, url }: IncomingMessage, body: Buffer): Promise<SentOn> {
    return sendOn(new URL(url ?? '', behind), { method, headers: withoutFraming(headers), agent }, body);
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
