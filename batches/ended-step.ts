// What a step leaves behind when its script has ended well, before its outputs are set.
import { changesInDiff } from './diff/changed-files.ts';
import type { AfterStepResult } from './step-result.ts';

export interface EndedStep {
  /** 2 writes the diff as base64. */
  readonly version: number;
  /** Counts from 0. */
  readonly stepIndex: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly diff: Uint8Array;
}

export type EndedStepResult =
  | { readonly kind: 'result'; readonly result: AfterStepResult }
  /** The diff cannot be read: go-diff's text. */
  | { readonly kind: 'error'; readonly message: string };

export function endedStepResult({ version, stepIndex, stdout, stderr, diff }: EndedStep): EndedStepResult {
  const changes = changesInDiff(diff);
  if (changes.kind === 'error') return changes;
  const { changedFiles } = changes;
  const result = { version, changedFiles, stdout, stderr, stepIndex, diff, outputs: new Map(), skipped: false };
  return { kind: 'result', result };
}
