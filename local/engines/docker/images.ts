// Images that must be there before a task starts, and ECS's words for one that cannot be had.
import type { TaskDefinition } from '#jobs/task-definition.ts';
import { type DockerClient, messageOf, statusOf } from './docker-client.ts';
import { type FindLogin, registryHost } from './registry-logins.ts';

export interface ImageSource {
  readonly client: DockerClient;
  readonly architecture: TaskDefinition['architecture'];
  /** Registries that are asked for Docker Hub's images before Docker Hub, in this order; `host[:port][/path]`. */
  readonly mirrors: readonly string[];
  readonly findLogin: FindLogin;
  readonly signal: AbortSignal;
}

/** Resolves, when the engine has the image, to the name by which it has it; rejects in the words of ECS. */
export async function ensureImage(image: string, source: ImageSource): Promise<string> {
  const names = [...mirrored(image, source.mirrors), image];
  for (const name of names) if (await isThere(source.client, name)) return name;
  let problem: unknown;
  for (const name of names) {
    try {
      await pull(name, source);
      return name;
    } catch (error) {
      // The last one is the image's own registry, and what that says is what the user can do something about.
      problem = error;
      if (source.signal.aborted) break;
    }
  }
  throw new Error(`CannotPullContainerError: Error response from daemon: ${messageOf(problem)}`);
}

async function pull(image: string, { client, architecture, findLogin, signal }: ImageSource): Promise<void> {
  const host = registryHost(image);
  const login = await findLogin(host);
  const stream = await client.pull(withTag(image), {
    platform: architecture === 'ARM64' ? 'linux/arm64' : 'linux/amd64',
    ...(login === undefined ? {} : { authconfig: { ...login, serveraddress: host } }),
    abortSignal: signal,
  });
  await new Promise<void>((resolve, reject) => {
    client.modem.followProgress(stream, (error) => (error === null ? resolve() : reject(error)));
  });
}

function mirrored(image: string, mirrors: readonly string[]): string[] {
  if (mirrors.length === 0 || registryHost(image) !== 'docker.io') return [];
  const rest = image.replace(/^(?:(?:index\.|registry-1\.)?docker\.io)\//, '');
  const path = rest.includes('/') ? rest : `library/${rest}`;
  return mirrors.map((mirror) => `${mirror.replace(/\/+$/, '')}/${path}`);
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

/** Without a tag the API would pull every tag there is. */
function withTag(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? image : `${image}:latest`;
}
