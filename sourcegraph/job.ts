// The job that a dequeue gives: version 2 and version 1 payloads (Sourcegraph's internal/executor/types/job.go), read
// into one shape without nulls. Reading a Job that was read before gives the same Job again, so that the schema also
// serves where a Job is stored and read back.
import * as z from 'zod/mini';

/** One docker step: `commands` are the lines of its script, `dir` is relative to the workspace, `env` holds `NAME=value`. */
export interface DockerStep {
  /** Empty: the step goes by its index. */
  readonly key: string;
  readonly image: string;
  readonly commands: readonly string[];
  readonly dir: string;
  readonly env: readonly string[];
}

/** One `src` command, run after all docker steps; `command` is its arguments. */
export interface CliStep {
  readonly key: string;
  readonly command: readonly string[];
  readonly dir: string;
  readonly env: readonly string[];
}

/** A file of the workspace: in the job itself (`content`), on the files route (`bucket` and `key`), or else empty. */
export interface JobFile {
  /** Base64 in version 2, plain text in version 1: read it with {@link inlineContent}. */
  readonly content?: string;
  readonly bucket?: string;
  readonly key?: string;
  /** RFC 3339; must become the file's mtime, because it enters the cache key of batches. */
  readonly modifiedAt?: string;
}

export interface Job {
  readonly version: 1 | 2;
  readonly id: number;
  /** Set on the several-queues route only. */
  readonly queue?: string;
  /** The job's own token; absent on old instances. */
  readonly token?: string;
  /** Empty: nothing is cloned. */
  readonly repositoryName: string;
  /** Where to clone, relative to the workspace; empty: its root. */
  readonly repositoryDirectory: string;
  readonly commit: string;
  readonly fetchTags: boolean;
  readonly shallowClone: boolean;
  readonly sparseCheckout: readonly string[];
  /** By path relative to the workspace; a path may still try to leave it. */
  readonly files: Readonly<Record<string, JobFile>>;
  readonly dockerSteps: readonly DockerStep[];
  readonly cliSteps: readonly CliStep[];
  /** Secret to replacement. */
  readonly redactedValues: Readonly<Record<string, string>>;
  /** Registry host to base64 of `user:password`. */
  readonly dockerAuthConfig: { readonly auths: Readonly<Record<string, { readonly auth: string }>> };
}

// Go's zero time, which `omitempty` does not leave out: "not set".
const GO_ZERO_TIME = '0001-01-01T00:00:00Z';

const text = () =>
  z.pipe(
    z.nullish(z.string()),
    z.transform((value) => value ?? ''),
  );
const flag = () =>
  z.pipe(
    z.nullish(z.boolean()),
    z.transform((value) => value ?? false),
  );
const listOf = <T extends z.core.$ZodType>(element: T) =>
  z.pipe(
    z.nullish(z.array(element)),
    z.transform((value) => value ?? []),
  );
const recordOf = <T extends z.core.$ZodType>(element: T) =>
  z.pipe(
    z.nullish(z.record(z.string(), element)),
    z.transform((value) => value ?? {}),
  );

/** Job IDs are integers; some instances write them as strings. */
export const JobIdSchema = z.pipe(
  z.union([z.int().check(z.nonnegative()), z.string().check(z.regex(/^\d{1,15}$/))]),
  z.transform(Number),
);

const DockerStepSchema = z.object({
  key: text(),
  image: text(),
  commands: listOf(z.string()),
  dir: text(),
  env: listOf(z.string()),
});
const CliStepSchema = z.object({ key: text(), command: listOf(z.string()), dir: text(), env: listOf(z.string()) });
const WireFileSchema = z.union([
  z.string(),
  z.object({
    content: z.nullish(z.string()),
    bucket: z.nullish(z.string()),
    key: z.nullish(z.string()),
    modifiedAt: z.nullish(z.string()),
  }),
]);

const WireJobSchema = z.object({
  version: z.nullish(z.union([z.literal(0), z.literal(1), z.literal(2)])),
  id: JobIdSchema,
  queue: z.nullish(z.string()),
  token: z.nullish(z.string()),
  repositoryName: text(),
  repositoryDirectory: text(),
  commit: text(),
  fetchTags: flag(),
  shallowClone: flag(),
  sparseCheckout: listOf(z.string()),
  files: recordOf(WireFileSchema),
  dockerSteps: listOf(DockerStepSchema),
  cliSteps: listOf(CliStepSchema),
  redactedValues: recordOf(z.string()),
  dockerAuthConfig: z.nullish(z.object({ auths: recordOf(z.nullish(z.object({ auth: text() }))) })),
});

export const JobSchema = z.pipe(
  WireJobSchema,
  z.transform((wire): Job => {
    const { queue, token, files, dockerAuthConfig, ...rest } = wire;
    const version = wire.version === 2 ? 2 : 1;
    return {
      ...rest,
      version,
      ...present('queue', queue),
      ...present('token', token),
      files: mapValues(files, (file) => jobFile(version, file)),
      dockerAuthConfig: { auths: mapValues(dockerAuthConfig?.auths ?? {}, (entry) => ({ auth: entry?.auth ?? '' })) },
    };
  }),
);

function jobFile(version: 1 | 2, file: z.infer<typeof WireFileSchema>): JobFile {
  // A bare string is plain text in any version: it is older than the base64 rule.
  if (typeof file === 'string') {
    return present('content', version === 2 ? Buffer.from(file).toString('base64') : file);
  }
  return {
    ...present('content', file.content),
    ...present('bucket', file.bucket),
    ...present('key', file.key),
    ...present('modifiedAt', file.modifiedAt === GO_ZERO_TIME ? undefined : file.modifiedAt),
  };
}

/** The bytes of a file that came with the job; `not-base64` when a version 2 job breaks the rule. */
export function inlineContent(version: Job['version'], content: string): Uint8Array | 'not-base64' {
  if (version === 1) return Buffer.from(content, 'utf8');
  // Buffer skips what is no base64 silently; Go's decoder, whose users we serve, does not (it only skips line breaks).
  const compact = content.replace(/[\r\n]/g, '');
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return 'not-base64';
  return Buffer.from(compact, 'base64');
}

function present<K extends string>(name: K, value: string | null | undefined): { readonly [P in K]?: string } {
  return value === undefined || value === null || value === '' ? {} : ({ [name]: value } as { [P in K]: string });
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
