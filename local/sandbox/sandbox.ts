// The sandbox Sourcegraph, started: rules over HTTP on a loopback port, with a token of its own.
import { randomBytes } from 'node:crypto';
import { startSandboxHttp } from './http.ts';
import { SandboxRules } from './rules.ts';

export interface SandboxOptions {
  readonly queues: readonly string[];
  /** 0: any free port. */
  readonly port: number;
  /** Where it listens: an address that an engine's containers reach. @default loopback */
  readonly host?: string;
  /** The git directory of a repository by its name. */
  readonly repository: (name: string) => string | undefined;
  /** Bytes of the files route by `bucket/key`. @default none */
  readonly file?: (name: string) => Uint8Array | undefined;
  /** PATH and HOME for git. */
  readonly gitEnvironment: NodeJS.ProcessEnv;
  /** Made up unless given. */
  readonly accessToken?: string;
}

export interface Sandbox {
  readonly url: string;
  /** The same for whoever reaches this machine by another host name. */
  urlFor(host: string | undefined): string;
  readonly accessToken: string;
  readonly rules: SandboxRules;
  close(): Promise<void>;
}

/** The version that it reports: one of the current major, so that version 2 jobs are handed out. */
const VERSION = '7.6.0';
const RESETTER_MS = 1_000;

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const accessToken = options.accessToken ?? randomBytes(20).toString('hex');
  const rules = new SandboxRules(
    { now: Date.now, fraction: Math.random, token: () => randomBytes(16).toString('hex') },
    { queues: options.queues },
  );
  const server = await startSandboxHttp(
    {
      rules,
      accessToken: () => accessToken,
      version: VERSION,
      repository: options.repository,
      file: options.file ?? (() => undefined),
      gitEnvironment: options.gitEnvironment,
    },
    options.port,
    options.host,
  );
  const resetter = setInterval(() => rules.resetStalledJobs(), RESETTER_MS);
  return {
    url: server.url,
    urlFor: (host) => (host === undefined ? server.url : `http://${host}:${new URL(server.url).port}`),
    accessToken,
    rules,
    close: () => {
      clearInterval(resetter);
      return server.close();
    },
  };
}
