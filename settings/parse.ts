// From an environment to Settings, or to all that is wrong with it at once. Beyond the rows of the table it knows the few
// rules between settings, and judges names that nobody knows.
import { deploymentTable, DEPLOYMENT, type DeploymentValues, type FunctionName } from './deployment.ts';
import { isOurs, nearest } from './misspelt.ts';
import { missing, readTable, type Environment, type Notice, type Problem } from './read-table.ts';
import type { Backend, Table, Values } from './row.ts';
import { SETTINGS, UNUSED_NAMES } from './table.ts';

export type Queues =
  { readonly kind: 'single'; readonly name: string } | { readonly kind: 'several'; readonly names: readonly string[] };

export type ExecutorToken =
  { readonly kind: 'value'; readonly token: string } | { readonly kind: 'file'; readonly file: string };

type Joined = 'queueName' | 'queueNames' | 'frontendPassword' | 'frontendPasswordFile';

/** Durations in milliseconds, sizes in bytes. */
export interface Settings extends Omit<Values<typeof SETTINGS>, Joined> {
  /** Of EXECUTOR_FRONTEND_PASSWORD or EXECUTOR_FRONTEND_PASSWORD_FILE; undefined when neither is set. */
  readonly executorToken: ExecutorToken | undefined;
  /** Of EXECUTOR_QUEUE_NAME or EXECUTOR_QUEUE_NAMES; undefined when neither is set. */
  readonly queues: Queues | undefined;
}

type Required = 'frontendUrl' | 'executorToken' | 'queues';

/** Settings of which some are surely there. */
export type SettingsWith<R extends Required> = Settings & { readonly [K in R]: Exclude<Settings[K], undefined> };

export interface Invalid {
  readonly kind: 'invalid';
  /** At least one; in the order of the table. */
  readonly problems: readonly Problem[];
}

export interface Parsed<S> {
  readonly kind: 'settings';
  readonly settings: S;
  readonly notices: readonly Notice[];
}

/** What a self-hosted executor cannot do without. */
export const FOR_AN_INSTANCE = ['frontendUrl', 'executorToken', 'queues'] as const;

/** `required`: what this use cannot do without; the sandbox needs nothing. */
export function parseSettings<R extends Required = never>(
  environment: Environment,
  required: readonly R[] = [],
): Parsed<SettingsWith<R>> | Invalid {
  const problems: Problem[] = [];
  const notices: Notice[] = [];
  const settings = readSettings(environment, required, problems, notices);
  judgeNames(environment, problems, notices);
  return problems.length > 0
    ? { kind: 'invalid', problems }
    : { kind: 'settings', settings: settings as SettingsWith<R>, notices };
}

/** A Lambda's: the settings, and those of its deployment. The token is in the secret, so no password is needed. */
export function parseDeployedSettings<F extends FunctionName>(
  environment: Environment,
  functionName: F,
): (Parsed<SettingsWith<'frontendUrl' | 'queues'>> & { readonly deployment: DeploymentValues<F> }) | Invalid {
  const problems: Problem[] = [];
  const notices: Notice[] = [];
  const settings = readSettings(environment, ['frontendUrl', 'queues'], problems, notices);
  const table: Table = deploymentTable(functionName);
  const deployment = readTable(table, environment, problems, notices);
  judgeNames(environment, problems, notices);
  if (problems.length > 0) return { kind: 'invalid', problems };
  return {
    kind: 'settings',
    settings: settings as SettingsWith<'frontendUrl' | 'queues'>,
    deployment: deployment as DeploymentValues<F>,
    notices,
  };
}

/** The first one is asked for. */
const ROWS_OF = {
  frontendUrl: [SETTINGS.frontendUrl],
  executorToken: [SETTINGS.frontendPassword, SETTINGS.frontendPasswordFile],
  queues: [SETTINGS.queueName, SETTINGS.queueNames],
} as const;

/** Of a function that has nothing to do with Sourcegraph or jobs: the rows of its deployment alone. */
export function parseDeployment<F extends FunctionName>(
  environment: Environment,
  functionName: F,
): { readonly kind: 'deployment'; readonly deployment: DeploymentValues<F> } | Invalid {
  const problems: Problem[] = [];
  const deployment = readTable(deploymentTable(functionName) as Table, environment, problems, []);
  return problems.length > 0
    ? { kind: 'invalid', problems }
    : { kind: 'deployment', deployment: deployment as DeploymentValues<F> };
}

/** Complete only when no problem was noted. */
function readSettings(
  environment: Environment,
  required: readonly Required[],
  problems: Problem[],
  notices: Notice[],
): Partial<Settings> {
  const { queueName, queueNames, frontendPassword, frontendPasswordFile, ...rest } = readTable(
    SETTINGS,
    environment,
    problems,
    notices,
  );
  if (queueName !== undefined && queueNames !== undefined) {
    const message = 'EXECUTOR_QUEUE_NAME and EXECUTOR_QUEUE_NAMES are both set; keep one of them.';
    problems.push({ name: 'EXECUTOR_QUEUE_NAMES', message });
  }
  const queues: Queues | undefined =
    queueNames !== undefined
      ? { kind: 'several', names: queueNames }
      : queueName !== undefined
        ? { kind: 'single', name: queueName }
        : undefined;
  if (frontendPassword !== undefined && frontendPasswordFile !== undefined) {
    const message = 'EXECUTOR_FRONTEND_PASSWORD and EXECUTOR_FRONTEND_PASSWORD_FILE are both set; keep one of them.';
    problems.push({ name: 'EXECUTOR_FRONTEND_PASSWORD_FILE', message });
  }
  const executorToken: ExecutorToken | undefined =
    frontendPassword !== undefined
      ? { kind: 'value', token: frontendPassword }
      : frontendPasswordFile !== undefined
        ? { kind: 'file', file: frontendPasswordFile }
        : undefined;
  const settings = { ...rest, executorToken, queues };
  for (const key of required) {
    if (settings[key] !== undefined) continue;
    const rows = ROWS_OF[key];
    const names = rows.flatMap((row) => [row.name, ...(row.aliases ?? []).map((alias) => alias.name)]);
    // A value that was there and wrong has its problem already.
    if (problems.some(({ name }) => names.includes(name))) continue;
    problems.push({ name: rows[0].name, message: missing(rows[0]) });
  }
  noticeUnusedByBackend(environment, settings.backend, notices);
  if (settings.backend === 'fargate' && (settings.registryMirrorUrls?.length ?? 0) > 1) {
    const { name } = SETTINGS.registryMirrorUrls;
    const message = `${name}: only the first mirror is used, because a task on Fargate pulls an image from one place; keep the one that has all images.`;
    notices.push({ id: 'first-only', name, message });
  }
  if (settings.tlsInsecureSkipVerify === true) {
    const { name } = SETTINGS.tlsInsecureSkipVerify;
    const message = `${name} is on: certificates are not checked, so whoever is on the network can read the tokens. Set EXECUTOR_TLS_CA_BUNDLE instead.`;
    notices.push({ id: 'insecure', name, message });
  }
  return settings;
}

function noticeUnusedByBackend(environment: Environment, backend: Backend | undefined, notices: Notice[]): void {
  // Not set: one of those that are chosen by what the machine has.
  const candidates: readonly Backend[] = backend === undefined ? ['docker', 'process'] : [backend];
  for (const row of Object.values(SETTINGS as Table)) {
    const { only } = row;
    if (only === undefined || candidates.some((one) => only.backends.includes(one))) continue;
    for (const { name } of [row, ...(row.aliases ?? [])]) {
      if ((environment[name] ?? '').trim() === '') continue;
      notices.push({ id: 'unused-by-backend', name, message: `${name} is ignored: ${only.elsewhere}.` });
    }
  }
}

function judgeNames(environment: Environment, problems: Problem[], notices: Notice[]): void {
  const known = knownNames();
  for (const name of Object.keys(environment).sort()) {
    if ((environment[name] ?? '').trim() === '') continue;
    const unused = UNUSED_NAMES.find((one) =>
      one.name.endsWith('*') ? name.startsWith(one.name.slice(0, -1)) : name === one.name,
    );
    if (unused?.effect === 'ignored') {
      notices.push({ id: 'ignored', name, message: `${name} is ignored: ${unused.because}.` });
    } else if (unused?.effect === 'refused') {
      // Saying no to what is refused anyway is fine.
      if (!/^(?:0|f|false)$/i.test(environment[name] ?? '')) {
        problems.push({ name, message: `${name} is refused: ${unused.because}.` });
      }
    } else if (isOurs(name) && !known.includes(name)) {
      problems.push({ name, message: unknownName(name, known) });
    }
  }
}

function unknownName(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return meant === undefined
    ? `${name} is not a setting of this executor; remove it. \`--help\` lists all settings.`
    : `${name} is not a setting of this executor; did you mean ${meant}?`;
}

/** Every name that stands in a table. */
export function knownNames(): readonly string[] {
  const rows = [...Object.values(SETTINGS as Table), ...Object.values(DEPLOYMENT as Table)];
  return [
    ...rows.flatMap((row) => [row.name, ...(row.aliases ?? []).map((alias) => alias.name)]),
    ...UNUSED_NAMES.map((one) => one.name).filter((name) => !name.endsWith('*')),
  ];
}
