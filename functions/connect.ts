// The handlers' way to Sourcegraph: the executor's client over the token in its secret, behind the proxy and with the
// certificates that the settings name.
import { isPemText } from '#settings/certificates.ts';
import type { DeploymentValues } from '#settings/deployment.ts';
import type { SettingsWith } from '#settings/parse.ts';
import { proxies } from '#settings/proxies.ts';
import { SETTINGS } from '#settings/table.ts';
import { connectedExecutor } from '#sourcegraph/connected-executor.ts';
import type { JobResources } from '#sourcegraph/dequeue.ts';
import type { ExecutorClient } from '#sourcegraph/executor-client.ts';
import { createHttpTransport } from '#sourcegraph/http.ts';
import { type TracedExchange, tracedTransport } from '#sourcegraph/traced-transport.ts';
import { readSecret, tokenFrom } from './aws/secrets.ts';
import { shippedFile } from './shipped-file.ts';

type DeployedSettings = SettingsWith<'frontendUrl' | 'queues'>;

export interface ConnectOptions {
  readonly settings: DeployedSettings;
  readonly deployment: Pick<DeploymentValues<'completion'>, 'poolName' | 'tokenSecretArn' | 'tlsCaBundleSecretArn'>;
  /** As ECS names it; completion, which only marks, need not know. */
  readonly architecture?: 'X86_64' | 'ARM64';
  readonly resources: JobResources;
  /** Where each request is told of, when it is asked for. */
  readonly trace: (exchange: TracedExchange) => void;
}

export interface Connected {
  readonly instance: ExecutorClient;
  /** Certificates that the runner must trust as well. */
  readonly caBundle: string | undefined;
}

/** Rejects, with what to mend, when the certificates to trust cannot be read. */
export async function connect(options: ConnectOptions): Promise<Connected> {
  const { settings, deployment, architecture, resources, trace } = options;
  const { tlsCaBundleSecretArn, tokenSecretArn } = deployment;
  const caBundle =
    tlsCaBundleSecretArn === undefined
      ? await certificates(settings.tlsCaBundle)
      : await certificatesInSecret(tlsCaBundleSecretArn);
  const http = createHttpTransport({
    proxy: proxies(settings),
    tlsVerify: !settings.tlsInsecureSkipVerify,
    ...(caBundle === undefined ? {} : { caBundle }),
  });
  const transport = settings.traceLog ? tracedTransport(http, trace, Date.now) : http;
  const instance = connectedExecutor({
    frontendUrl: settings.frontendUrl,
    token: tokenFrom(tokenSecretArn),
    executorName: executorName(settings, deployment),
    queues: settings.queues,
    resources,
    transport,
    now: Date.now,
    machine: {
      os: 'linux',
      architecture: architecture === 'ARM64' ? 'arm64' : 'amd64',
      docker: '',
      git: '',
      ignite: '',
      srcCli: '',
    },
  });
  return { instance, caBundle };
}

/** The PEM text itself, or the file that was shipped with the function. */
async function certificates(textOrFile: string | undefined): Promise<string | undefined> {
  if (textOrFile === undefined || isPemText(textOrFile)) return textOrFile;
  return shippedFile(SETTINGS.tlsCaBundle.name, textOrFile);
}

async function certificatesInSecret(arn: string): Promise<string> {
  const secret = await readSecret(arn);
  if (secret.kind === 'unreadable') throw new Error(`certificates to trust cannot be read: ${secret.why}`);
  return secret.text;
}

/** One name for the whole pool: a job belongs to the name that dequeued it. */
export function executorName(
  settings: Pick<DeployedSettings, 'executorName'>,
  { poolName }: { readonly poolName: string },
): string {
  return settings.executorName ?? poolName;
}
