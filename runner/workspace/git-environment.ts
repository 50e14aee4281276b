// The environment in which the step-runner starts git. Settings come by environment, above any file: the machine's own
// configuration does not count, and nothing in a repository can make git run a program or talk to anyone else.

/** Of the step-runner's own environment: what git needs. */
export type HostEnvironment = Readonly<Record<string, string>>;

export interface GitAccess {
  /** For requests to the job's repository alone; each `Name: value`. */
  readonly headers: readonly string[];
  /** Of the repository: only requests to it get these headers. */
  readonly url: string;
  /** File of the certificates to trust; absent: the machine's. */
  readonly caFile?: string;
  readonly tlsVerify: boolean;
  readonly proxy?: {
    readonly http?: string | undefined;
    readonly https?: string | undefined;
    readonly no?: string | undefined;
  };
}

const ALWAYS: readonly Setting[] = [
  // The volume's folders may belong to another user than the step-runner.
  ['safe.directory', '*'],
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['submodule.recurse', 'false'],
  ['credential.helper', ''],
  // Which is git's own default; set, so that git does not talk about it.
  ['init.defaultBranch', 'master'],
  // A redirect would take the headers to another host.
  ['http.followRedirects', 'false'],
  // A transfer that has died is given up after two minutes.
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '120'],
];

type Setting = readonly [key: string, value: string];

/** `access` only for the commands that talk to Sourcegraph: no other one may see the job's token. */
export function gitEnvironment(host: HostEnvironment, access?: GitAccess): Record<string, string> {
  const settings = [...ALWAYS, ...(access === undefined ? [] : headerSettings(access))];
  return {
    ...host,
    // No ~/.netrc, no ~/.gitconfig.
    HOME: '/dev/null',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ALLOW_PROTOCOL: 'http:https',
    GIT_TERMINAL_PROMPT: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    ...(access === undefined ? {} : accessEnvironment(access)),
    ...settingsEnvironment(settings),
  };
}

function headerSettings(access: GitAccess): Setting[] {
  return access.headers.map((header) => [`http.${access.url}.extraHeader`, header]);
}

function accessEnvironment({ caFile, tlsVerify, proxy }: GitAccess): Record<string, string> {
  return {
    ...(caFile === undefined ? {} : { GIT_SSL_CAINFO: caFile }),
    ...(tlsVerify ? {} : { GIT_SSL_NO_VERIFY: '1' }),
    // libcurl reads the first of these in lower case only.
    ...(proxy?.http === undefined ? {} : { http_proxy: proxy.http }),
    ...(proxy?.https === undefined ? {} : { https_proxy: proxy.https }),
    ...(proxy?.no === undefined ? {} : { no_proxy: proxy.no }),
  };
}

function settingsEnvironment(settings: readonly Setting[]): Record<string, string> {
  const numbered = settings.flatMap(([key, value], i) => [
    [`GIT_CONFIG_KEY_${i}`, key] as const,
    [`GIT_CONFIG_VALUE_${i}`, value] as const,
  ]);
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(numbered) };
}
