// The task metadata endpoint, version 4, as much of it as the step-runner asks: which containers there are and whether they
// have stopped. Each task's address holds a secret; what it tells is no secret.
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ContainerMetadata {
  readonly Name: string;
  readonly KnownStatus: 'RUNNING' | 'STOPPED';
  readonly ExitCode?: number;
}

export type DescribeTask = () => Promise<readonly ContainerMetadata[]>;

export class MetadataEndpoint {
  readonly #server: Server;
  readonly #host: string;
  readonly #tasks = new Map<string, DescribeTask>();

  private constructor(host: string) {
    this.#host = host;
    this.#server = createServer((request, answer) => {
      const [, version, id = '', what] = (request.url ?? '').split('/');
      const describe = version === 'v4' && what === 'task' ? this.#tasks.get(id) : undefined;
      if (describe === undefined) {
        answer.writeHead(404).end();
        return;
      }
      describe().then(
        (containers) => answer.writeHead(200).end(JSON.stringify({ Containers: containers })),
        () => answer.writeHead(500).end(),
      );
    });
  }

  /** `reachedAs`: the host by which containers reach `listen`. */
  static async open(listen: string, reachedAs: string): Promise<MetadataEndpoint> {
    const endpoint = new MetadataEndpoint(reachedAs);
    await new Promise<void>((resolve, reject) => {
      endpoint.#server.once('error', reject).listen(0, listen, resolve);
    });
    return endpoint;
  }

  /** Serves a task; returns its ECS_CONTAINER_METADATA_URI_V4 and how to end it. */
  add(describe: DescribeTask): { readonly uri: string; readonly remove: () => void } {
    const id = randomBytes(16).toString('hex');
    this.#tasks.set(id, describe);
    const { port } = this.#server.address() as AddressInfo;
    return { uri: `http://${this.#host}:${port}/v4/${id}`, remove: () => void this.#tasks.delete(id) };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
