// What the helper's programs start from: input.json, and the result of the newest earlier step that was not skipped.
import path from 'node:path';
import { quote } from '#batches/go/quote.ts';
import { decodeText } from '#batches/go/text.ts';
import { parseExecutionInput, type WorkspacesExecutionInput } from '#batches/input.ts';
import type { HelperArguments } from '#batches/native/arguments.ts';
import { unmarshalStepResult } from '#batches/step-result-json.ts';
import { NO_STEP_RESULT, type AfterStepResult } from '#batches/step-result.ts';
import type { TaskPaths } from '../task-paths.ts';
import type { NativeRequest } from './native.ts';
import { pathInRunner } from './seen-paths.ts';
import { readJobFile, readWorkspaceFile } from './workspace-file.ts';

export interface Prepared {
  readonly request: NativeRequest;
  readonly args: HelperArguments;
  readonly input: WorkspacesExecutionInput;
  readonly previous: AfterStepResult;
}

export type Read<T> =
  { readonly kind: 'read'; readonly value: T } | { readonly kind: 'failed'; readonly message: string };

export const stepResultFile = (stepIndex: number): string => `step${stepIndex}.json`;

export async function readExecutionInput(
  { paths, jobFile }: NativeRequest,
  named: string,
): Promise<Read<WorkspacesExecutionInput>> {
  const read = await readJobFile(paths, jobFile, named);
  if (read.kind !== 'read') return failed(`failed to read execution input file ${quote(named)}: ${read.message}`);
  const parsed = parseExecutionInput(decodeText(read.bytes));
  if (parsed.kind === 'error') return failed(`failed to unmarshal execution input: ${parsed.message}`);
  return { kind: 'read', value: parsed.value };
}

/** The zero result when there is none. */
export async function readPreviousResult(
  paths: TaskPaths,
  folder: string,
  stepIndex: number,
): Promise<Read<AfterStepResult>> {
  for (let earlier = stepIndex - 1; earlier >= 0; earlier--) {
    const named = path.posix.join(folder, stepResultFile(earlier));
    const read = await readWorkspaceFile(paths.job, pathInRunner(paths, named), named);
    if (read.kind === 'missing') continue;
    if (read.kind === 'failed') return failed(`failed to read step result file: ${read.message}`);
    const parsed = unmarshalStepResult(decodeText(read.bytes));
    if (parsed.kind === 'error') return failed(`failed to unmarshal step result file: ${parsed.message}`);
    if (!parsed.value.skipped) return { kind: 'read', value: parsed.value };
  }
  return { kind: 'read', value: NO_STEP_RESULT };
}

const failed = (message: string): { readonly kind: 'failed'; readonly message: string } => ({
  kind: 'failed',
  message,
});
