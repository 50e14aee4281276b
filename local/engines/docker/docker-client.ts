// The engine's API, by a client library that only this engine loads, and the words in which it says no.
import type Docker from 'dockerode';

export type DockerClient = Docker;

export type ConnectAnswer =
  | { readonly kind: 'connected'; readonly client: DockerClient }
  | { readonly kind: 'unavailable'; readonly message: string };

const PING_TIMEOUT_MS = 3000;

/** Connects to the engine that DOCKER_HOST and its companions name, else to the machine's own socket. */
export async function connectDocker(environment: Readonly<Record<string, string | undefined>>): Promise<ConnectAnswer> {
  let library: typeof Docker;
  try {
    ({ default: library } = await import('dockerode'));
  } catch {
    const message = 'the docker engine needs the optional package dockerode: run `npm ci` without --omit=optional';
    return { kind: 'unavailable', message };
  }
  const client = new library(address(environment));
  const timeout = AbortSignal.timeout(PING_TIMEOUT_MS);
  const late = new Promise<never>((_, reject) => {
    timeout.addEventListener('abort', () => reject(new Error(`no answer within ${PING_TIMEOUT_MS / 1000} s`)));
  });
  try {
    await Promise.race([client.ping(), late]);
    return { kind: 'connected', client };
  } catch (error) {
    const message = `no Docker engine answers: ${messageOf(error)}; start Docker, or name its engine in DOCKER_HOST`;
    return { kind: 'unavailable', message };
  }
}

/** A socket elsewhere is named here; anything else, with its certificates, the library reads by itself. */
function address(environment: Readonly<Record<string, string | undefined>>): Docker.DockerOptions {
  const host = environment['DOCKER_HOST'];
  if (host === undefined || host === '') return {};
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  return {};
}

interface EngineError {
  readonly statusCode?: number;
  readonly json?: { readonly message?: string } | null;
  readonly message?: string;
}

/** The engine's own sentence, without the library's around it. */
export function messageOf(error: unknown): string {
  const { json, message } = error as EngineError;
  return json?.message ?? message ?? String(error);
}

export const statusOf = (error: unknown): number | undefined => (error as EngineError).statusCode;

/** Waits for a call that may find its object gone or already in the state asked for: both are fine. */
export async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const status = statusOf(error);
    if (status !== 304 && status !== 404 && status !== 409) throw error;
  }
}
