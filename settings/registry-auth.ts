// The `auth` of a registry, as ~/.docker/config.json and Sourcegraph's jobs write it.

export interface UserAndPassword {
  readonly username: string;
  readonly password: string;
}

/** Reads base64 of `user:password`; null when it is something else. NUL bytes at its end are padding, as in Docker's CLI. */
export function readRegistryAuth(auth: string): UserAndPassword | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(auth)) return null;
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return null;
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
}
