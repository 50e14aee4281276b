// The key under which the result of a step is cached (Sourcegraph's lib/batches/execution/cache). One byte that differs
// from Go's is a silent cache miss, so that a re-run of the batch change pays for every step again.
import { createHash } from 'node:crypto';
import { resolveEnvironment } from './env/environment.ts';
import { encoded } from './go/json-encode.ts';
import { JsonEncodeError } from './go/json-error.ts';
import { field, optional, structOf } from './go/json-struct.ts';
import { timeType } from './go/json-time-type.ts';
import { boolType, intType, mapOf, sliceOf, stringType } from './go/json-type.ts';
import { sortedTexts } from './go/text-bytes.ts';
import type { GoTime } from './go/values.ts';
import type { WorkspacesExecutionInput } from './input.ts';
import type { BatchChangeAttributes } from './step-context.ts';
import { stepType, type Step } from './step.ts';

/** A file that the steps mount. */
export interface MountMetadata {
  /** Relative to the workspace files folder. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly modified: GoTime;
}

export interface CacheKeyInput {
  readonly repository: {
    readonly id: string;
    readonly name: string;
    readonly baseRef: string;
    readonly baseRev: string;
    /** In any order; null stays `null` in the key. */
    readonly fileMatches: readonly string[] | null;
  };
  readonly path: string;
  readonly onlyFetchWorkspace: boolean;
  /** All steps; those behind `stepIndex` do not count. */
  readonly steps: readonly Step[] | null;
  readonly batchChange: BatchChangeAttributes;
  readonly stepIndex: number;
  /** The outer environment, `NAME=VALUE`. */
  readonly environment: readonly string[];
  /** Of the mounts of **all** steps, in their order; null or empty where nothing is mounted. */
  readonly mounts: readonly MountMetadata[] | null;
}

export type CacheKey =
  /** `json` is the text that was hashed. */
  | { readonly kind: 'key'; readonly key: string; readonly json: string }
  | { readonly kind: 'error'; readonly message: string };

/** They differ from job to job, so they must not tell results apart. */
const PER_JOB_VARIABLES = ['SRC_EXECUTOR_JOB_TOKEN', 'SRC_EXECUTOR_JOB_ID', 'SRC_EXECUTOR_NAME'];

export function cacheKey(input: CacheKeyInput): CacheKey {
  const written = encoded(() => keyJson(input));
  if (written.kind === 'error') return written;
  const digest = createHash('sha256').update(written.text).digest().subarray(0, 16);
  return { kind: 'key', key: `${digest.toString('base64url')}-step-${input.stepIndex}`, json: written.text };
}

/** As `src batch exec` asks for the key: a full branch name, and search result paths as a set. */
export function cacheKeyOfSrc(
  input: WorkspacesExecutionInput,
  stepIndex: number,
  environment: readonly string[],
  mounts: readonly MountMetadata[] | null,
): CacheKey {
  const fileMatches = [...new Set(input.searchResultPaths)];
  return cacheKey(keyInput(input, ensureRefPrefix(input.branch.name), fileMatches, { stepIndex, environment, mounts }));
}

/** As batcheshelper asks for the key: branch and paths as they stand in input.json. */
export function cacheKeyOfHelper(
  input: WorkspacesExecutionInput,
  stepIndex: number,
  environment: readonly string[],
  mounts: readonly MountMetadata[] | null,
): CacheKey {
  return cacheKey(keyInput(input, input.branch.name, input.searchResultPaths, { stepIndex, environment, mounts }));
}

/** A branch without `refs/heads/` gets it, also one that starts with another `refs/`. */
export function ensureRefPrefix(branch: string): string {
  return branch.startsWith('refs/heads/') ? branch : `refs/heads/${branch}`;
}

function keyInput(
  input: WorkspacesExecutionInput,
  baseRef: string,
  fileMatches: readonly string[] | null,
  rest: Pick<CacheKeyInput, 'stepIndex' | 'environment' | 'mounts'>,
): CacheKeyInput {
  return {
    repository: { ...input.repository, baseRef, baseRev: input.branch.target.oid, fileMatches },
    path: input.path,
    onlyFetchWorkspace: input.onlyFetchWorkspace,
    steps: input.steps,
    batchChange: input.batchChangeAttributes,
    ...rest,
  };
}

interface KeyFields extends Omit<CacheKeyInput, 'environment'> {
  readonly environments: readonly (ReadonlyMap<string, string> | null)[] | null;
}

const mountType = structOf<MountMetadata>('cache.MountMetadata', {
  path: field('Path', stringType),
  size: field('Size', intType),
  modified: field('Modified', timeType),
});

const keyType = structOf<KeyFields>('cache.CacheKey', {
  repository: field(
    'Repository',
    structOf<CacheKeyInput['repository']>('batches.Repository', {
      id: field('ID', stringType),
      name: field('Name', stringType),
      baseRef: field('BaseRef', stringType),
      baseRev: field('BaseRev', stringType),
      fileMatches: field('FileMatches', sliceOf(stringType)),
    }),
  ),
  path: field('Path', stringType),
  onlyFetchWorkspace: field('OnlyFetchWorkspace', boolType),
  steps: field('Steps', sliceOf(stepType)),
  batchChange: field(
    'BatchChangeAttributes',
    structOf<BatchChangeAttributes>('template.BatchChangeAttributes', {
      name: field('Name', stringType),
      description: field('Description', stringType),
    }),
  ),
  stepIndex: field('StepIndex', intType),
  environments: field('Environments', sliceOf(mapOf(stringType))),
  mounts: optional('MountsMetadata', sliceOf(mountType)),
});

/** Throws JsonEncodeError. */
function keyJson(input: CacheKeyInput): string {
  const steps = (input.steps ?? []).slice(0, input.stepIndex + 1);
  const { fileMatches } = input.repository;
  return keyType.encode({
    ...input,
    repository: { ...input.repository, fileMatches: fileMatches === null ? null : sortedTexts(fileMatches) },
    steps,
    environments: steps.map((step, index) => environmentOf(step, index, input.environment)),
  });
}

function environmentOf(step: Step, index: number, outer: readonly string[]): ReadonlyMap<string, string> {
  const resolved = resolveEnvironment(step.env, outer);
  if (resolved.kind === 'error') {
    throw new JsonEncodeError(`resolving environment for step ${index}: ${resolved.message}`);
  }
  const variables = new Map(resolved.variables);
  for (const name of PER_JOB_VARIABLES) variables.delete(name);
  return variables;
}
