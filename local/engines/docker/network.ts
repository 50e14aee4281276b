// The network that tasks are on: a bridge of their own, so that a step reaches neither this machine's loopback nor another
// job; and the address by which the step-runner reaches this program from there (payload, result, sandbox).
import { createServer } from 'node:net';
import type Docker from 'dockerode';
import { type DockerClient, statusOf } from './docker-client.ts';
import type { OwnContainer } from './own-container.ts';

/** Of a program of the machine: its containers reach this program by the bridge's gateway, and one another not at all. */
const NETWORK = {
  name: 'sourcegraph-executor',
  options: {
    'com.docker.network.bridge.enable_icc': 'false',
    'com.docker.network.bridge.name': 'sg-executor',
  },
};
/** Of a program that is a container itself: its tasks must reach it there, and can then reach one another. */
const SIBLINGS = { name: 'sourcegraph-executor-siblings', options: {} };

const LOOPBACK = '127.0.0.1';
/** Docker Desktop's engine is in a virtual machine; it forwards this name to the host's loopback. */
export const HOST_GATEWAY_NAME = 'host.docker.internal';
export const HOST_GATEWAY = `${HOST_GATEWAY_NAME}:host-gateway`;

export interface TaskNetwork {
  /** A Docker network mode. */
  readonly name: string;
  /** Where this program listens for its tasks, and the host by which they reach it. */
  readonly program: { readonly listen: string; readonly reachedAs: string };
  readonly extraHosts: readonly string[];
}

/**
 * `wanted`: the name of a network of the engine, or `host`: then steps share this machine's network, which an instance
 * that listens on its loopback alone needs. Absent: a network of the executor's own.
 */
export async function openNetwork(
  client: DockerClient,
  wanted: string | undefined,
  own: OwnContainer | undefined,
): Promise<TaskNetwork> {
  if (own !== undefined && !own.onHostNetwork) return siblings(client, wanted, own);
  if (wanted === 'host') return at('host', LOOPBACK);
  const { Name: name, IPAM } = await find(client, wanted, NETWORK);
  for (const subnet of IPAM?.Config ?? []) {
    const gateway = gatewayOf(subnet);
    if (await canListenOn(gateway)) return at(name, gateway);
  }
  const program = { listen: LOOPBACK, reachedAs: HOST_GATEWAY_NAME };
  return { name, program, extraHosts: [HOST_GATEWAY] };
}

const at = (name: string, address: string): TaskNetwork => ({
  name,
  program: { listen: address, reachedAs: address },
  extraHosts: [],
});

type Subnet = NonNullable<NonNullable<Docker.NetworkInspectInfo['IPAM']>['Config']>[number];

/** The engine leaves the gateway of its default bridge out: it is the first address. */
const gatewayOf = ({ Gateway, Subnet = '' }: Subnet): string => Gateway ?? Subnet.replace(/\.\d+\/\d+$/, '.1');

/** From its machine's own network a container is reached by its address on any bridge, from another one by that on the same. */
async function siblings(client: DockerClient, wanted: string | undefined, own: OwnContainer): Promise<TaskNetwork> {
  const mode = wanted === 'host' ? 'host' : (await find(client, wanted, SIBLINGS)).Name;
  const address = async (): Promise<string | undefined> => {
    const { Networks } = (await client.getContainer(own.id).inspect()).NetworkSettings;
    const found = mode === 'host' ? Object.values(Networks)[0] : Networks[mode];
    return found?.IPAddress;
  };
  if (mode !== 'host' && (await address()) === undefined) await client.getNetwork(mode).connect({ Container: own.id });
  const listen = await address();
  if (listen === undefined || listen === '')
    throw new Error("this program's own container is on no network, so that its tasks cannot reach it");
  return at(mode, listen);
}

async function find(
  client: DockerClient,
  wanted: string | undefined,
  made: { readonly name: string; readonly options: Readonly<Record<string, string>> },
): Promise<Docker.NetworkInspectInfo> {
  const name = wanted ?? made.name;
  const there = await inspect(client, name);
  if (there !== undefined) return there;
  if (wanted !== undefined)
    throw new Error(
      `it has no network ${wanted} (EXECUTOR_DOCKER_NETWORK); \`docker network create ${wanted}\` makes it`,
    );
  const create = { Name: name, Driver: 'bridge', CheckDuplicate: true, Options: { ...made.options } };
  // Another executor may have made it just now.
  await client.createNetwork(create).catch((error: unknown) => {
    if (statusOf(error) !== 409) throw error;
  });
  return client.getNetwork(name).inspect();
}

async function inspect(client: DockerClient, name: string): Promise<Docker.NetworkInspectInfo | undefined> {
  try {
    return await client.getNetwork(name).inspect();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** The list of interfaces leaves out a bridge that no container is on yet. */
function canListenOn(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(0, address, () => server.close(() => resolve(true)));
  });
}
