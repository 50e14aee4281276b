// The logins of this machine's user, as `docker login` keeps them: in ~/.docker/config.json (or DOCKER_CONFIG), or with a
// credential helper that it names. https://docs.docker.com/reference/cli/docker/login/#credential-stores
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import * as z from 'zod/mini';
import { readRegistryAuth } from '#settings/registry-auth.ts';
import { type FindLogin, hostOfEntry, type RegistryLogin } from './registry-logins.ts';

const EntrySchema = z.looseObject({ auth: z.nullish(z.string()), identitytoken: z.nullish(z.string()) });
const ConfigSchema = z.looseObject({
  auths: z.nullish(z.record(z.string(), EntrySchema)),
  credsStore: z.nullish(z.string()),
  credHelpers: z.nullish(z.record(z.string(), z.string())),
});
type Config = z.infer<typeof ConfigSchema>;
const HelperAnswerSchema = z.looseObject({ Username: z.string(), Secret: z.string() });

/** By which Docker's client asks a helper for Docker Hub's login. */
const DOCKER_HUB_ENTRY = 'https://index.docker.io/v1/';
/** With this user name a helper says that what it gives is no password. */
const TOKEN_USER = '<token>';

type Variables = Readonly<Record<string, string | undefined>>;

/** The file is read at each look-up: a `docker login` counts from the next pull on. `warn` is told what cannot be used. */
export function loginsOfDockerConfig(environment: Variables, warn: (message: string) => void): FindLogin {
  const folder = environment['DOCKER_CONFIG'] ?? path.join(environment['HOME'] ?? homedir(), '.docker');
  const file = path.join(folder, 'config.json');
  return async (host) => {
    const config = await readConfig(file, warn);
    const helper = config?.credHelpers?.[host] ?? config?.credsStore ?? '';
    if (helper !== '') return askHelper(helper, host, environment, warn);
    const entry = Object.entries(config?.auths ?? {}).find(([registry]) => hostOfEntry(registry) === host)?.[1];
    if ((entry?.identitytoken ?? '') !== '') return { identitytoken: entry?.identitytoken ?? '' };
    return readRegistryAuth(entry?.auth ?? '') ?? undefined;
  };
}

async function readConfig(file: string, warn: (message: string) => void): Promise<Config | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') warn(`${file} cannot be read, so its registry logins are not used: ${message}`);
    return undefined;
  }
  const parsed = z.safeParse(ConfigSchema, parseJson(text));
  if (!parsed.success) warn(`${file} is not Docker's configuration, so its registry logins are not used`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** https://github.com/docker/docker-credential-helpers: the registry on standard input, JSON or a complaint on output. */
async function askHelper(
  name: string,
  host: string,
  environment: Variables,
  warn: (message: string) => void,
): Promise<RegistryLogin | undefined> {
  const program = `docker-credential-${name}`;
  const { code, output } = await run(program, host === 'docker.io' ? DOCKER_HUB_ENTRY : host, environment);
  const answer = z.safeParse(HelperAnswerSchema, parseJson(output)).data;
  if (code === 0 && answer !== undefined) {
    const { Username: username, Secret: password } = answer;
    return username === TOKEN_USER ? { identitytoken: password } : { username, password };
  }
  if (!/credentials not found/i.test(output)) warn(`${program} gives no login for ${host}`);
  return undefined;
}

function run(
  program: string,
  input: string,
  environment: Variables,
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, ['get'], { env: environment, stdio: ['pipe', 'pipe', 'ignore'], timeout: 10_000 });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    // A helper that is not installed, or has gone before it was asked.
    child.stdin.on('error', () => undefined);
    child.on('error', () => resolve({ code: null, output }));
    child.on('close', (code) => resolve({ code, output }));
    child.stdin.end(input);
  });
}
