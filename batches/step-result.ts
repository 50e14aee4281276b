// What one step leaves behind (`execution.AfterStepResult` of Sourcegraph's lib/batches): the unit that is cached, handed
// to the next step's templates, and read by the instance.
import type { GoValue } from './go/values.ts';

/** Paths by kind of change; null is Go's nil slice and is written as `null`. A rename lists the new name. */
export interface ChangedFiles {
  readonly modified: readonly string[] | null;
  readonly added: readonly string[] | null;
  readonly deleted: readonly string[] | null;
  readonly renamed: readonly string[] | null;
}

export interface AfterStepResult {
  /** 2: `diff` is written as base64 and `skipped` exists; anything else is the version 1 form. */
  readonly version: number;
  readonly changedFiles: ChangedFiles;
  readonly stdout: string;
  readonly stderr: string;
  /** Counted from 0. */
  readonly stepIndex: number;
  /** null is Go's nil slice: version 2 writes it as `null`. */
  readonly diff: Uint8Array | null;
  /** null is Go's nil map. */
  readonly outputs: ReadonlyMap<string, GoValue> | null;
  readonly skipped: boolean;
}

export const NO_CHANGES: ChangedFiles = { modified: null, added: null, deleted: null, renamed: null };

/** Go's zero AfterStepResult: there was no step. */
export const NO_STEP_RESULT: AfterStepResult = {
  version: 0,
  changedFiles: NO_CHANGES,
  stdout: '',
  stderr: '',
  stepIndex: 0,
  diff: null,
  outputs: null,
  skipped: false,
};
