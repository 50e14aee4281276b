// The environment of the functions, written by the tables that the handlers read it with, and judged by the same rules
// when the app is synthesised instead of when the first job waits.
import { Token } from 'aws-cdk-lib';
import type { SizeRuleSetting } from '#settings/kinds.ts';
import { deploymentTable, type DeploymentValues, type FunctionName } from '#settings/deployment.ts';
import { parseSettings } from '#settings/parse.ts';
import { environmentOf, type Notice, type Problem } from '#settings/read-table.ts';
import type { Table, Values } from '#settings/row.ts';
import { SETTINGS } from '#settings/table.ts';
import { DEFAULTS } from './defaults.ts';
import { shippedFiles } from './shipped-files.ts';
import type { ProxyProps, SizeRuleProps, SourcegraphExecutorProps } from './props.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

export interface JudgedEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
  /** Files to be shipped with the functions: contents by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** The settings of docs/settings.md as the props give them; the props win over `environment`. */
export function settingsEnvironment(props: SourcegraphExecutorProps): JudgedEnvironment {
  const queues = props.queues ?? DEFAULTS.queues;
  const [only] = queues;
  const given = {
    ...props.environment,
    ...(props.startupScript === undefined ? {} : { [SETTINGS.startupScriptPath.name]: props.startupScript }),
    ...environmentOf(SETTINGS, {
      frontendUrl: props.frontendUrl,
      ...(queues.length === 1 && only !== undefined ? { queueName: only } : { queueNames: queues }),
      maximumNumJobs: props.maximumJobs ?? DEFAULTS.maximumJobs,
      maximumRuntimePerJob: (props.deadline ?? DEFAULTS.deadline).toMilliseconds(),
      jobNumCpus: props.cpus ?? DEFAULTS.cpus,
      jobMemory: (props.memoryMiB ?? DEFAULTS.memoryMiB) * MIB,
      jobDiskSpace: (props.diskGiB ?? DEFAULTS.diskGiB) * GIB,
      ...(props.sizeRules === undefined ? {} : { sizeRules: props.sizeRules.map(sizeRule) }),
      ...proxySettings(props.proxy ?? {}),
      backend: 'fargate',
      logFormat: 'json',
    }),
  };
  const { files, problems: unreadable, variables } = shippedFiles(given);
  // What is known only at deploy time cannot be judged now.
  const known = Object.fromEntries(Object.entries(variables).filter(([, value]) => !Token.isUnresolved(value)));
  const parsed = parseSettings(known);
  const problems = [...secretsIn(known), ...unreadable, ...(parsed.kind === 'invalid' ? parsed.problems : [])];
  return { variables, files, problems, notices: parsed.kind === 'invalid' ? [] : parsed.notices };
}

function proxySettings({ direct, http, https, intoSteps }: ProxyProps): Partial<Values<typeof SETTINGS>> {
  return {
    ...(http === undefined ? {} : { httpProxy: http }),
    ...(https === undefined ? {} : { httpsProxy: https }),
    ...(direct === undefined ? {} : { noProxy: direct }),
    ...(intoSteps === undefined ? {} : { proxyIntoSteps: intoSteps }),
  };
}

function sizeRule({ queue, repository, cpus, memoryMiB, diskGiB, deadline }: SizeRuleProps): SizeRuleSetting {
  return {
    ...(queue === undefined ? {} : { queue }),
    ...(repository === undefined ? {} : { repository }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(memoryMiB === undefined ? {} : { memory: memoryMiB * MIB }),
    ...(diskGiB === undefined ? {} : { disk: diskGiB * GIB }),
    ...(deadline === undefined ? {} : { deadline: deadline.toMilliseconds() }),
  };
}

/** What a secret row holds would be readable to whoever may look at the function. */
function secretsIn(variables: Readonly<Record<string, string>>): Problem[] {
  return Object.values(SETTINGS as Table).flatMap((row) => {
    if (row.secret !== true) return [];
    const names = [row.name, ...(row.aliases ?? []).map(({ name }) => name)];
    const set = names.find((name) => isSecret(name, variables[name]));
    if (set === undefined) return [];
    const message = `${set} holds a secret, and a function's environment is readable to many; ${whereInstead(set)}.`;
    return [{ name: set, message }];
  });
}

function isSecret(name: string, value = ''): boolean {
  if (value.trim() === '') return false;
  if (!/proxy$/i.test(name)) return true;
  // A proxy's address is none, its user and password are.
  const url = URL.parse(value.includes('://') ? value : `http://${value}`);
  return url === null || url.username !== '' || url.password !== '';
}

function whereInstead(name: string): string {
  if (/PASSWORD|TOKEN/.test(name)) return 'the token goes into the secret of the prop `accessToken`';
  if (/AUTH_CONFIG/.test(name)) return 'credentials of registries go into the prop `registryCredentials`';
  return 'use a proxy that knows its clients by their address';
}

export function deploymentEnvironment<F extends FunctionName>(
  name: F,
  values: Partial<DeploymentValues<F>>,
): Readonly<Record<string, string>> {
  return environmentOf(deploymentTable(name), values as never);
}
