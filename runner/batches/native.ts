// Carries out what a native batches job asks of batcheshelper: `pre N` and `post N`, and the diff of a cached result. The
// step between them is an ordinary docker step.
import { encodeText } from '#batches/go/text.ts';
import { parseHelperArguments, type HelperArguments } from '#batches/native/arguments.ts';
import type { Clock } from '#jobs/world.ts';
import type { RunHostCommand } from '../host-command.ts';
import type { StepOutput } from '../step-container.ts';
import type { TaskPaths } from '../task-paths.ts';
import type { JobFileContent } from './workspace-file.ts';
import { applyDiff } from './native-apply-diff.ts';
import { runPost } from './native-post.ts';
import { runPre } from './native-pre.ts';
import { readExecutionInput, readPreviousResult } from './native-input.ts';

export interface NativeRequest {
  /** `['batcheshelper', 'pre', '0', ...flags]`, or `['apply-diff']`. */
  readonly args: readonly string[];
  readonly paths: TaskPaths;
  readonly jobFile?: JobFileContent;
  /** The step's own variables and nothing else. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called in order, never after the promise has settled. */
  readonly output: StepOutput;
  readonly hostCommand: RunHostCommand;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export type NativeEnd = { readonly kind: 'exited'; readonly exitCode: number } | { readonly kind: 'killed' };

/** What one of the programs came to; a message is its standard error, as it stands. */
export type ProgramEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode?: number }
  | { readonly kind: 'killed' };

export const APPLY_DIFF = 'apply-diff';

export async function runNativeStep(request: NativeRequest): Promise<NativeEnd> {
  const { signal } = request;
  if (isAborted(signal)) return { kind: 'killed' };
  const end = await program(request);
  // The signal may come while files are being written; what the program said until then counts no more.
  if (end.kind === 'killed' || isAborted(signal)) return { kind: 'killed' };
  if (end.kind === 'done') return { kind: 'exited', exitCode: 0 };
  if (end.message !== '') request.output('stderr', encodeText(end.message));
  return { kind: 'exited', exitCode: end.exitCode ?? 1 };
}

const isAborted = (signal: AbortSignal): boolean => signal.aborted;

async function program(request: NativeRequest): Promise<ProgramEnd> {
  if (request.args[0] === APPLY_DIFF) return applyDiff(request);
  const parsed = parseHelperArguments(request.args.slice(1));
  if (parsed.kind === 'refused') return { kind: 'failed', message: parsed.message, exitCode: parsed.exitCode };
  return helper(request, parsed);
}

async function helper(request: NativeRequest, args: HelperArguments): Promise<ProgramEnd> {
  const input = await readExecutionInput(request, args.input);
  if (input.kind === 'failed') return input;
  const previous = await readPreviousResult(request.paths, args.previousStepPath, args.step);
  if (previous.kind === 'failed') return previous;
  const prepared = { request, args, input: input.value, previous: previous.value };
  return args.mode === 'pre' ? runPre(prepared) : runPost(prepared);
}
