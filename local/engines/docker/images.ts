// Images that must be there before a task starts, and ECS's words for one that cannot be had.
import type { TaskDefinition } from '#jobs/task-definition.ts';
import { type DockerClient, messageOf, statusOf } from './docker-client.ts';

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

/** Registry host, and the name that the definition gives its secret, to a login. */
export type FindLogin = (host: string, secret: string | undefined) => RegistryLogin | undefined;

/** Resolves when the engine has the image; rejects in the words of ECS. */
export async function ensureImage(
  client: DockerClient,
  image: string,
  definition: TaskDefinition,
  findLogin: FindLogin,
  signal: AbortSignal,
): Promise<void> {
  if (await isThere(client, image)) return;
  const host = registryHost(image);
  const login = findLogin(host, definition.registrySecrets[host]);
  try {
    const stream = await client.pull(withTag(image), {
      platform: definition.architecture === 'ARM64' ? 'linux/arm64' : 'linux/amd64',
      ...(login === undefined ? {} : { authconfig: { ...login, serveraddress: host } }),
      abortSignal: signal,
    });
    await new Promise<void>((resolve, reject) => {
      client.modem.followProgress(stream, (error) => (error === null ? resolve() : reject(error)));
    });
  } catch (error) {
    throw new Error(`CannotPullContainerError: Error response from daemon: ${messageOf(error)}`);
  }
}

async function isThere(client: DockerClient, image: string): Promise<boolean> {
  try {
    await client.getImage(image).inspect();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    // Such as a name that is none: pulling says it better.
    if (statusOf(error) === 400) return false;
    throw error;
  }
}

/** Docker's own rule: the part before the first `/` is a host when it looks like one. */
export function registryHost(image: string): string {
  const first = image.includes('/') ? (image.split('/')[0] ?? '') : '';
  return /[.:]/.test(first) || first === 'localhost' ? first : 'docker.io';
}

/** Without a tag the API would pull every tag there is. */
function withTag(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? image : `${image}:latest`;
}
