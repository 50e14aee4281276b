// Images that must be there before a task starts, and ECS's words for one that cannot be had.
import type { TaskDefinition } from '#jobs/task-definition.ts';
import { type DockerClient, messageOf, statusOf } from './docker-client.ts';
import { type FindLogin, registryHost } from './registry-logins.ts';

const DOCKER_ARCHITECTURE = { X86_64: 'amd64', ARM64: 'arm64' } as const;

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
  throw new Error(`CannotPullContainerError: ${messageOf(problem)}`);
}

async function pull(image: string, { client, architecture, findLogin, signal }: ImageSource): Promise<void> {
  const host = registryHost(image);
  const login = await findLogin(host);
  try {
    const stream = await client.pull(withTag(image), {
      platform: `linux/${DOCKER_ARCHITECTURE[architecture]}`,
      ...(login === undefined ? {} : { authconfig: { ...login, serveraddress: host } }),
      abortSignal: signal,
    });
    await pulled(client, stream);
    await checkArchitecture(client, image, architecture);
  } catch (error) {
    const how = login === undefined ? 'without a login' : 'with a login';
    throw new Error(`failed to pull image ${image} ${how}: Error response from daemon: ${messageOf(error)}`);
  }
}

/** The answer has begun well, so that what goes wrong from then on is told in it. */
function pulled(client: DockerClient, stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    client.modem.followProgress(stream, (error, events: readonly { readonly error?: string }[]) => {
      const told = events.find((event) => event.error !== undefined)?.error;
      if (error !== null) reject(error);
      else if (told !== undefined) reject(new Error(told));
      else resolve();
    });
  });
}

/** A registry that has an image for one architecture alone gives that, whatever was asked for. */
async function checkArchitecture(
  client: DockerClient,
  image: string,
  architecture: TaskDefinition['architecture'],
): Promise<void> {
  const { Architecture: has } = await client.getImage(image).inspect();
  const wanted = DOCKER_ARCHITECTURE[architecture];
  // Empty in images that no tool of Docker's made.
  if (has !== '' && has !== wanted) throw new Error(`image architecture ${has} does not match ${wanted}`);
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
