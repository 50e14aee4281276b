// Whether this program is itself a container of the engine, as with `docker run -v /var/run/docker.sock:...`: then its
// tasks are that container's siblings.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type Docker from 'dockerode';
import { type DockerClient, statusOf } from './docker-client.ts';

export interface OwnContainer {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** ID of the image that it runs. */
  readonly image: string;
  /** Whether it is on its machine's own network. */
  readonly onHostNetwork: boolean;
}

/** Undefined: a program of the machine, or a container of some other engine. */
export async function findOwnContainer(client: DockerClient): Promise<OwnContainer | undefined> {
  const found = await inspect(client, idByMounts() ?? hostname());
  if (found === undefined) return undefined;
  return { id: found.Id, image: found.Image, onHostNetwork: found.HostConfig.NetworkMode === 'host' };
}

/** The engine mounts /etc/hostname and its like from the container's own folder, whatever its host name and network are. */
function idByMounts(): string | undefined {
  try {
    return /\/containers\/([0-9a-f]{64})\/(?:hostname|hosts|resolv\.conf) /.exec(
      readFileSync('/proc/self/mountinfo', 'latin1'),
    )?.[1];
  } catch {
    return undefined;
  }
}

async function inspect(client: DockerClient, name: string): Promise<Docker.ContainerInspectInfo | undefined> {
  try {
    return await client.getContainer(name).inspect();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
