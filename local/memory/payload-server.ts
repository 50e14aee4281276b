// The URLs of payloads and results on one machine: a loopback HTTP server over the payload store. An URL's secret is all
// that opens it, as a presigned one's signature does in S3; a payload is gone once its runner has read and deleted it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MemoryPayloadStore, PayloadUrls } from './payload-store.ts';

/** A JobResult is a few hundred bytes; an error message may be long. */
const RESULT_BYTES_MAX = 1024 * 1024;

export interface PayloadServerOptions {
  /** Where it listens. @default 127.0.0.1 */
  readonly host?: string;
  /** The host by which tasks reach it, when not the same (containers of an engine). */
  readonly publicHost?: string;
}

export class PayloadServer {
  private readonly server: Server;
  private readonly publicHost: string;
  private store: MemoryPayloadStore | undefined;

  private constructor(publicHost: string) {
    this.publicHost = publicHost;
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  /** Listens on a free port; serves nothing until it has been given its store. */
  static async listen(options: PayloadServerOptions = {}): Promise<PayloadServer> {
    const host = options.host ?? '127.0.0.1';
    const server = new PayloadServer(options.publicHost ?? host);
    await new Promise<void>((resolve, reject) => {
      server.server.once('error', reject);
      server.server.listen(0, host, resolve);
    });
    return server;
  }

  serve(store: MemoryPayloadStore): void {
    this.store = store;
  }

  get urls(): PayloadUrls {
    const { port } = this.server.address() as AddressInfo;
    const base = `http://${this.publicHost}:${port}`;
    return { payload: (secret) => `${base}/payload/${secret}`, result: (secret) => `${base}/result/${secret}` };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body } = await this.reply(request);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body);
  }

  private async reply(request: IncomingMessage): Promise<{ readonly status: number; readonly body?: string }> {
    const [, kind, secret = ''] = (request.url ?? '').split('/');
    const { store } = this;
    if (store === undefined) return { status: 503 };
    switch (`${request.method ?? ''} ${kind ?? ''}`) {
      case 'GET payload': {
        const json = store.fetchPayload(secret);
        return json === undefined ? { status: 404 } : { status: 200, body: json };
      }
      case 'DELETE payload':
        store.forgetPayload(secret);
        return { status: 204 };
      case 'PUT result': {
        const body = await readBody(request);
        if (body === 'too-large') return { status: 413 };
        if (body === 'cut-off') return { status: 400 };
        return { status: { stored: 200, exists: 412, unknown: 404 }[store.putResult(secret, body.text)] };
      }
      default:
        return { status: 404 };
    }
  }
}

async function readBody(request: IncomingMessage): Promise<{ readonly text: string } | 'too-large' | 'cut-off'> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > RESULT_BYTES_MAX) return 'too-large';
      chunks.push(chunk);
    }
  } catch {
    // The runner went away in mid-sentence; what it did not finish saying is no result.
    return 'cut-off';
  }
  return { text: Buffer.concat(chunks).toString('utf8') };
}
