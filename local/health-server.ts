// A health answer for whoever supervises the program (EXECUTOR_HEALTH_SERVER_ADDR): 200 while it works, 503 while it drains.
import { createServer } from 'node:http';

export interface HealthServer {
  close(): void;
}

export interface HealthAddress {
  /** Every interface when absent. */
  readonly host?: string | undefined;
  readonly port: number;
}

/** Rejects when it cannot listen there. */
export async function startHealthServer(address: HealthAddress, healthy: () => boolean): Promise<HealthServer> {
  const server = createServer((_, answer) => {
    answer.writeHead(healthy() ? 200 : 503, { 'content-type': 'text/plain' });
    answer.end(healthy() ? 'ok\n' : 'draining\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host === '' ? undefined : address.host, resolve);
  });
  return {
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
