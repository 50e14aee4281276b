// Which login a registry gets: the job's own logins, else the executor's, else those of this machine's `docker login`.
// One of these sources counts as a whole; they are never mixed.
import { readRegistryAuth } from '#settings/registry-auth.ts';

/** A password, or the token that some registries give in its place. */
export type RegistryLogin =
  { readonly username: string; readonly password: string } | { readonly identitytoken: string };

/** By registry host as {@link registryHost} gives it. */
export type FindLogin = (host: string) => Promise<RegistryLogin | undefined>;

/** Registry, as ~/.docker/config.json names it, to base64 of `user:password`. */
export type RegistryAuths = Readonly<Record<string, { readonly auth: string }>>;

export type RegistryLogins =
  | { readonly kind: 'logins'; readonly find: FindLogin }
  /** This registry's `auth` is not base64 of `user:password`. */
  | { readonly kind: 'unreadable'; readonly registry: string };

/** An empty `auth` is no login, as for Docker's own client. */
export function registryLogins(auths: RegistryAuths): RegistryLogins {
  const logins = new Map<string, RegistryLogin>();
  for (const [registry, { auth }] of Object.entries(auths)) {
    if (auth === '') continue;
    const login = readRegistryAuth(auth);
    if (login === null) return { kind: 'unreadable', registry };
    logins.set(hostOfEntry(registry), login);
  }
  return { kind: 'logins', find: (host) => Promise.resolve(logins.get(host)) };
}

const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_HOSTS: readonly string[] = [DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io'];

/** The registry of an image. Docker's own rule: the part before the first `/` is a host when it looks like one. */
export function registryHost(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost && !DOCKER_HUB_HOSTS.includes(first) ? first : DOCKER_HUB;
}

/** Entries may be URLs: `https://index.docker.io/v1/` is Docker Hub's usual one. */
export function hostOfEntry(registry: string): string {
  const host = registry.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return DOCKER_HUB_HOSTS.includes(host) ? DOCKER_HUB : host;
}
