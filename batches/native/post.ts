// What `batcheshelper post N` makes of a step that has run: its result, with outputs. Sourcegraph's
// cmd/batcheshelper/run/post.go; unlike there `changedFiles` is filled, as the documentation of batch specs promises.
import { endedStepResult } from '../ended-step.ts';
import type { WorkspacesExecutionInput } from '../input.ts';
import { setOutputs } from '../outputs.ts';
import type { AfterStepResult } from '../step-result.ts';
import { nativeContext } from './context.ts';
import { noSuchStep } from './pre.ts';

export interface PostRequest {
  readonly input: WorkspacesExecutionInput;
  readonly stepIndex: number;
  readonly previous: AfterStepResult;
  readonly diff: Uint8Array;
  readonly stdout: string;
  readonly stderr: string;
}

export type PostPlan =
  { readonly kind: 'failed'; readonly message: string } | { readonly kind: 'done'; readonly result: AfterStepResult };

export function planPost({ input, stepIndex, previous, diff, stdout, stderr }: PostRequest): PostPlan {
  const step = input.steps?.[stepIndex];
  if (step === undefined) return failed(noSuchStep(input, stepIndex));
  const ended = endedStepResult({ version: 2, stepIndex, stdout, stderr, diff });
  if (ended.kind === 'error') return failed(`failed to get changes in diff: ${ended.message}`);
  const { result } = ended;
  const made = nativeContext(input, previous, result);
  if (made.kind === 'error') return failed(`failed to get changes in diff: ${made.message}`);
  const outputs = setOutputs(step.outputs ?? new Map(), made.context);
  if (outputs.kind === 'error') return failed(`setting outputs: ${outputs.message}`);
  return { kind: 'done', result: { ...result, outputs: outputs.outputs } };
}

const failed = (message: string): PostPlan => ({ kind: 'failed', message });
