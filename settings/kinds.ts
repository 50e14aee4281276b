// The kinds of values that settings have: how a text is read, what it must be, and how a value is written back. Reading
// never throws; what it answers for a bad text is what the text must be instead, which the error message quotes.
import { formatDuration, parseDuration } from './durations.ts';
import { readRegistryAuth } from './registry-auth.ts';
import { formatSize, parseSize } from './sizes.ts';

export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly must: string };

export interface Kind<T> {
  /** For the reference, such as `duration`. */
  readonly label: string;
  read(text: string): Reading<T>;
  /** A text that reads as the value again. */
  write(value: T): string;
}

const good = <T>(value: T): Reading<T> => ({ ok: true, value });
const bad = (must: string): Reading<never> => ({ ok: false, must });

export const text: Kind<string> = { label: 'text', read: good, write: (value) => value };

/** Names that become parts of resource names. */
export const resourceName: Kind<string> = {
  label: 'name',
  read: (value) =>
    /^[A-Za-z][A-Za-z0-9-]{0,39}$/.test(value)
      ? good(value)
      : bad('a letter, then up to 39 letters, digits and hyphens'),
  write: (value) => value,
};

/** A secret that goes into an HTTP header: line breaks at its end are the usual accident of a file. */
export const token: Kind<string> = {
  label: 'text',
  read: (value) => {
    const trimmed = value.trim();
    return /^[\x21-\x7e]+$/.test(trimmed) ? good(trimmed) : bad('visible ASCII characters without spaces');
  },
  write: (value) => value,
};

// https://pkg.go.dev/strconv#ParseBool
const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

export const boolean: Kind<boolean> = {
  label: 'boolean',
  read: (value) => (TRUE.includes(value) ? good(true) : FALSE.includes(value) ? good(false) : bad('true or false')),
  write: String,
};

export function wholeNumber(least: number): Kind<number> {
  const must = `a whole number of at least ${least}`;
  return {
    label: 'number',
    read: (value) => {
      const number = /^[+-]?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      return number >= least ? good(number === 0 ? 0 : number) : bad(must);
    },
    write: String,
  };
}

/** `least` and values in milliseconds. */
export function duration(least: number, example: string): Kind<number> {
  const must = `a duration of at least ${formatDuration(least)}, such as ${example}`;
  return {
    label: 'duration',
    read: (value) => {
      const ms = parseDuration(value);
      return ms !== undefined && ms >= least ? good(ms) : bad(must);
    },
    write: formatDuration,
  };
}

/** Kubernetes' deadlines are bare seconds. */
export const seconds: Kind<number> = {
  label: 'seconds',
  read: (value) => {
    const reading = wholeNumber(1).read(value);
    return reading.ok ? good(reading.value * 1000) : bad('a whole number of seconds, at least 1');
  },
  write: (value) => String(Math.ceil(value / 1000)),
};

/** Bytes. */
export function size(least: string, example: string): Kind<number> {
  const leastBytes = parseSize(least) ?? 0;
  return {
    label: 'size',
    read: (value) => {
      const bytes = parseSize(value);
      return bytes !== undefined && bytes >= leastBytes
        ? good(bytes)
        : bad(`a size of at least ${least}, such as ${example}`);
    },
    write: formatSize,
  };
}

/** Kubernetes' CPU quantity (`4`, `1.5`, `500m`), rounded up to whole CPUs. */
export const cpuQuantity: Kind<number> = {
  label: 'CPU quantity',
  read: (value) => {
    const match = /^(\d{1,9}(?:\.\d{1,9})?)(m?)$/.exec(value);
    const cpus = match === null ? 0 : Number(match[1]) / (match[2] === 'm' ? 1000 : 1);
    return cpus > 0 ? good(Math.ceil(cpus)) : bad('a number of CPUs, such as 4 or 500m');
  },
  write: String,
};

/** Elements without the space around them; empty ones and repetitions are left out. */
export function list(separator: ',' | ';', check?: (element: string) => string | null): Kind<readonly string[]> {
  return {
    label: separator === ',' ? 'comma list' : 'semicolon list',
    read: (value) => {
      const parts = value.split(separator).map((part) => part.trim());
      const elements = [...new Set(parts.filter((part) => part !== ''))];
      const must = elements.map((element) => check?.(element) ?? null).find((problem) => problem !== null);
      if (must !== undefined) return bad(must);
      return elements.length === 0 ? bad('a list with at least one element') : good(elements);
    },
    write: (value) => value.join(separator),
  };
}

export function oneOf<const T extends string>(values: readonly T[], others: Readonly<Record<string, T>> = {}): Kind<T> {
  return {
    label: values.join(' | '),
    read: (value) => {
      const found = values.find((one) => one === value) ?? (Object.hasOwn(others, value) ? others[value] : undefined);
      return found === undefined ? bad(`one of ${values.join(', ')}`) : good(found);
    },
    write: (value) => value,
  };
}

/** What `boolean` says in words of another kind, for names that were a yes or no once. */
export function whenTrue<T>(value: T): Kind<T | undefined> {
  return {
    label: 'boolean',
    read: (said) => {
      const reading = boolean.read(said);
      return reading.ok ? good(reading.value ? value : undefined) : reading;
    },
    write: (written) => String(written !== undefined),
  };
}

/** `key=value` pairs, separated by commas. */
export const pairs: Kind<Readonly<Record<string, string>>> = {
  label: 'comma list of key=value',
  read: (value) => {
    const entries = value.split(',').map((part) => part.trim().split('='));
    return entries.every(([key, ...rest]) => key !== undefined && key !== '' && rest.length === 1)
      ? good(Object.fromEntries(entries) as Record<string, string>)
      : bad('pairs like key=value, separated by commas');
  },
  write: (value) =>
    Object.entries(value)
      .map(([key, one]) => `${key}=${one}`)
      .join(','),
};

/** JSON of some shape; `must` says which, in words. */
export function json<T>(must: string, fits: (value: unknown) => value is T): Kind<T> {
  return {
    label: 'JSON',
    read: (said) => {
      try {
        const value: unknown = JSON.parse(said);
        return fits(value) ? good(value) : bad(must);
      } catch {
        return bad(must);
      }
    },
    write: (value) => JSON.stringify(value),
  };
}

export type JsonObject = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const jsonObjects: Kind<readonly JsonObject[]> = json(
  'a JSON array of objects',
  (value): value is readonly JsonObject[] => Array.isArray(value) && value.every(isObject),
);

export const jsonStrings: Kind<Readonly<Record<string, string>>> = json(
  'a JSON object of strings',
  (value): value is Readonly<Record<string, string>> =>
    isObject(value) && Object.values(value).every((one) => typeof one === 'string'),
);

/** As an operator writes one; sizes in bytes, times in milliseconds. What is absent is as for all jobs. */
export interface SizeRuleSetting {
  readonly queue?: string;
  readonly repository?: string;
  readonly cpus?: number;
  readonly memory?: number;
  readonly disk?: number;
  readonly deadline?: number;
}

const SIZE_RULE_EXAMPLE =
  'a JSON array of rules like {"queue": "batches", "repository": "github.com/acme/*", "cpus": 1, "memory": "2G", "disk": "40G", "deadline": "2h"}';

/** Rules with texts as other settings have them: `2G`, `2h`. */
export const sizeRules: Kind<readonly SizeRuleSetting[]> = {
  label: 'JSON',
  read: (said) => {
    const reading = jsonObjects.read(said);
    if (!reading.ok) return bad(SIZE_RULE_EXAMPLE);
    const rules = reading.value.map(sizeRule);
    const problem = rules.find((rule) => typeof rule === 'string');
    return problem === undefined ? good(rules as readonly SizeRuleSetting[]) : bad(`${SIZE_RULE_EXAMPLE}; ${problem}`);
  },
  write: (rules) =>
    JSON.stringify(
      rules.map(({ memory, disk, deadline, ...rest }) => ({
        ...rest,
        ...(memory === undefined ? {} : { memory: formatSize(memory) }),
        ...(disk === undefined ? {} : { disk: formatSize(disk) }),
        ...(deadline === undefined ? {} : { deadline: formatDuration(deadline) }),
      })),
    ),
};

const SIZE_RULE_PARTS: Readonly<Record<string, (value: unknown) => string | number | undefined>> = {
  queue: nonEmpty,
  repository: nonEmpty,
  cpus: (value) => (typeof value === 'number' && value > 0 ? value : undefined),
  memory: (value) => (typeof value === 'string' ? parseSize(value) : undefined),
  disk: (value) => (typeof value === 'string' ? parseSize(value) : undefined),
  deadline: (value) => (typeof value === 'string' ? parseDuration(value) : undefined),
};

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The rule, or what is wrong with it. */
function sizeRule(rule: JsonObject): SizeRuleSetting | string {
  const parts: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(rule)) {
    const read = Object.hasOwn(SIZE_RULE_PARTS, name) ? SIZE_RULE_PARTS[name]?.(value) : undefined;
    if (read === undefined || (typeof read === 'number' && read <= 0))
      return `"${name}" cannot be ${JSON.stringify(value)}`;
    parts[name] = read;
  }
  return parts;
}

/** `user:password` in base64, by registry host, as in ~/.docker/config.json. */
export type DockerAuths = Readonly<Record<string, { readonly auth: string }>>;

export const dockerAuthConfig: Kind<{ readonly auths: DockerAuths }> = json(
  'JSON like {"auths": {"registry.example.com": {"auth": "<base64 of user:password>"}}}',
  (value): value is { readonly auths: DockerAuths } =>
    isObject(value) &&
    isObject(value['auths']) &&
    Object.values(value['auths']).every(
      (entry) => isObject(entry) && typeof entry['auth'] === 'string' && readRegistryAuth(entry['auth']) !== null,
    ),
);

/** Scheme and host of a web server; the value has no slash at its end. */
export const siteUrl: Kind<string> = {
  label: 'URL',
  read: (value) => {
    const url = URL.parse(value);
    if (url === null || !/^https?:$/.test(url.protocol)) {
      return bad('a URL with its scheme, such as https://sourcegraph.example.com');
    }
    if (url.username !== '' || url.password !== '') {
      return bad('a URL without user and password; the token belongs in EXECUTOR_FRONTEND_PASSWORD');
    }
    if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
      return bad(`scheme and host only, such as ${url.origin}: Sourcegraph is never served below a path`);
    }
    return good(url.origin);
  },
  write: (value) => value,
};

/** A proxy; `host:port` means http, as curl reads it. */
export const proxyUrl: Kind<string> = {
  label: 'URL',
  read: (value) => {
    const url = URL.parse(value.includes('://') ? value : `http://${value}`);
    return url !== null && /^https?:$/.test(url.protocol)
      ? good(url.href.replace(/\/$/, ''))
      : bad('an http:// or https:// proxy, such as http://proxy.example.com:3128');
  },
  write: (value) => value,
};

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port` to listen on; `:8080` is every address, as Go has it. */
export const listenAddress: Kind<Address> = {
  label: 'host:port',
  read: (value) => {
    const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(value);
    const port = match === null ? 0 : Number(match[3]);
    if (match === null || port < 1 || port > 65_535) return bad('host:port or :port, such as :8080');
    const host = match[1] ?? match[2] ?? '';
    return good({ host: host === '' ? '0.0.0.0' : host, port });
  },
  write: ({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`),
};
