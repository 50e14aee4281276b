// A real HTTP server on a loopback port that answers as a test tells it, down to the bytes: whole answers, half ones,
// none at all. It keeps what it was asked.
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Answers one request: with a status, headers and text, or by hand on the response or the raw socket. */
export type Script = (request: SeenRequest, response: http.ServerResponse, socket: Socket) => void;

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly requests: SeenRequest[];
  /** The answers to come, in this order; the last one stays. */
  answer(...scripts: Script[]): void;
}

export const reply =
  (status: number, text = '', headers: http.OutgoingHttpHeaders = {}): Script =>
  (_request, response) => {
    response.writeHead(status, headers).end(text);
  };
export const replyJson = (value: unknown, status = 200): Script => reply(status, JSON.stringify(value));
/** Bytes as they are, then the connection ends. */
export const raw =
  (bytes: string): Script =>
  (_request, _response, socket) =>
    socket.end(bytes);
export const reset: Script = (_request, _response, socket) => socket.resetAndDestroy();
export const hang: Script = () => undefined;
export const WEB_PAGE = '<!DOCTYPE html><html><body>secret-of-the-page</body></html>';

export async function startServer(tls?: { key: string; cert: string }): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  let scripts: Script[] = [reply(500, 'no script')];
  const listener: http.RequestListener = (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const request = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
      requests.push(request);
      const script = scripts.length > 1 ? scripts.shift() : scripts[0];
      script?.(request, response, incoming.socket);
    });
  };
  const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    answer: (...next) => {
      scripts = next;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
