// The ECS double on a loopback port, in real time.
import { randomBytes } from 'node:crypto';
import { ECSClient } from '@aws-sdk/client-ecs';
import { serveAwsJson } from '../aws-json.ts';
import { TEST_ACCOUNT, TEST_CLUSTER_ARN } from '../test-account.ts';
import { Ecs, type EcsOptions } from './ecs.ts';
import type { Carrier } from './world.ts';

export interface EcsDouble {
  readonly ecs: Ecs;
  readonly url: string;
  /** Sends each call once, as the handlers' does, and waits little for an answer. */
  readonly client: ECSClient;
  close(): Promise<void>;
}

export async function startEcs(carrier: Carrier, options: Partial<EcsOptions> = {}): Promise<EcsDouble> {
  const timers = new Set<NodeJS.Timeout>();
  const world = {
    now: Date.now,
    hex: (digits: number) =>
      randomBytes(Math.ceil(digits / 2))
        .toString('hex')
        .slice(0, digits),
    after: (ms: number, act: () => void) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        act();
      }, ms);
      timers.add(timer);
    },
  };
  const ecs = new Ecs(world, carrier, {
    clusterArn: TEST_CLUSTER_ARN,
    provisioningMs: 1,
    stoppingMs: 1,
    rememberedMs: 3_600_000,
    ...options,
  });
  const server = await serveAwsJson((operation, input) => ecs.call(operation, input));
  const client = new ECSClient({
    ...TEST_ACCOUNT,
    endpoint: server.url,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_000, throwOnRequestTimeout: true },
  });
  return {
    ecs,
    url: server.url,
    client,
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      client.destroy();
      await server.close();
    },
  };
}
