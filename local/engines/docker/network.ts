// The network that tasks are on: a bridge of their own, so that a step reaches neither this machine's loopback nor another
// job; and the address by which the step-runner reaches this program from there (payload, result, sandbox).
import { createServer } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import type Docker from 'dockerode';
import { type DockerClient, statusOf } from './docker-client.ts';

const NETWORK = 'sourcegraph-executor';

export interface TaskNetwork {
  /** A Docker network mode. */
  readonly name: string;
  /** Where this program listens for its tasks, and the host by which they reach it. */
  readonly program: { readonly listen: string; readonly reachedAs: string };
  readonly extraHosts: readonly string[];
}

/**
 * `wanted`: the name of a network of the engine, or `host`: then steps share this machine's network, which an instance
 * that listens on its loopback alone needs. Absent: the executor's own network.
 */
export async function openNetwork(client: DockerClient, wanted: string | undefined): Promise<TaskNetwork> {
  if (wanted === 'host') {
    return { name: 'host', program: { listen: '127.0.0.1', reachedAs: '127.0.0.1' }, extraHosts: [] };
  }
  const own = wanted === undefined ? await networkOfThisContainer(client) : undefined;
  const name = own ?? wanted ?? (await ownNetwork(client));
  const { IPAM } = await inspect(client, name);
  const address = await ownAddressIn(IPAM?.Config ?? []);
  // Docker Desktop's engine is in a virtual machine; it forwards this name to the host's loopback.
  if (address === undefined) {
    const reachedAs = 'host.docker.internal';
    return { name, program: { listen: '127.0.0.1', reachedAs }, extraHosts: [`${reachedAs}:host-gateway`] };
  }
  return { name, program: { listen: address, reachedAs: address }, extraHosts: [] };
}

async function ownNetwork(client: DockerClient): Promise<string> {
  try {
    await inspect(client, NETWORK);
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    const options = {
      'com.docker.network.bridge.enable_icc': 'false',
      'com.docker.network.bridge.name': 'sg-executor',
    };
    await client.createNetwork({ Name: NETWORK, Driver: 'bridge', CheckDuplicate: true, Options: options });
  }
  return NETWORK;
}

/** When this program is itself a container of the engine, its tasks join it on its network. */
async function networkOfThisContainer(client: DockerClient): Promise<string | undefined> {
  try {
    const { NetworkSettings } = await client.getContainer(hostname()).inspect();
    return Object.keys(NetworkSettings.Networks)[0];
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

const inspect = async (client: DockerClient, name: string): Promise<Docker.NetworkInspectInfo> =>
  await client.getNetwork(name).inspect();

type Subnet = NonNullable<NonNullable<Docker.NetworkInspectInfo['IPAM']>['Config']>[number];

/** The network's gateway when that is this machine, else, in a container of the network, this program's own address. */
async function ownAddressIn(configs: readonly Subnet[]): Promise<string | undefined> {
  for (const { Subnet, Gateway } of configs) {
    if (Gateway !== undefined && (await canListenOn(Gateway))) return Gateway;
    const inside = Subnet === undefined ? undefined : ownAddresses().find((address) => isWithin(address, Subnet));
    if (inside !== undefined) return inside;
  }
  return undefined;
}

/** The list of interfaces leaves out a bridge that no container is on yet. */
function canListenOn(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(0, address, () => server.close(() => resolve(true)));
  });
}

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
}

/** Whether an IPv4 address lies within `a.b.c.d/bits`. */
export function isWithin(address: string, subnet: string): boolean {
  const [base = '', bits = '32'] = subnet.split('/');
  if (!/^[\d.]+$/.test(base)) return false;
  const number = (dotted: string): number => dotted.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(address) / size) === Math.floor(number(base) / size);
}
