// Carries out `src batch exec`: all steps of a version 1 batches job in one command, its events on standard output.
// src-cli's cmd/src/batch_exec.go.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { exitMessage, parseExecArguments, type ExecArguments } from '#batches/batch-exec/arguments.ts';
import { pullProblem, staticImages } from '#batches/batch-exec/images.ts';
import { JsonLines } from '#batches/events/json-lines.ts';
import { quote } from '#batches/go/quote.ts';
import { decodeText, encodeText } from '#batches/go/text.ts';
import { parseExecutionInput, type WorkspacesExecutionInput } from '#batches/input.ts';
import { refusedStep } from '#batches/refused-step.ts';
import type { Step } from '#batches/step.ts';
import type { Clock } from '#jobs/world.ts';
import type { RunHostCommand } from '../host-command.ts';
import type { StepContainer, StepOutput } from '../step-container.ts';
import type { TaskPaths } from '../task-paths.ts';
import { executeTask } from './exec-task.ts';
import { errnoOf, goPathError } from './go-error-text.ts';
import { pathInRunner, pathInSteps } from './seen-paths.ts';
import { type JobFileContent, readJobFile } from './workspace-file.ts';

export interface ExecRequest {
  /** The command with its program: `src batch exec ...`, `batch exec ...` or `batch-exec ...`. */
  readonly args: readonly string[];
  readonly paths: TaskPaths;
  readonly jobFile?: JobFileContent;
  /** The command's own variables and nothing else. */
  readonly environment: Readonly<Record<string, string>>;
  /** The container of a step, counted from 0; undefined where the task has none for it. */
  readonly containers: (stepIndex: number) => StepContainer | undefined;
  /** Called in order, never after the promise has settled. */
  readonly output: StepOutput;
  readonly hostCommand: RunHostCommand;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Names the task in its events; random letters and digits. */
  readonly taskId: string;
  /** Called before a command of the user is started. */
  readonly stepStarting: () => void;
}

export type ExecEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'killed' }
  /** A step container was never there or died by itself. */
  | { readonly kind: 'lost'; readonly container: string; readonly why: string };

/** What the command came to; `message` is an error without the program's own words around it. */
export type TaskEnd =
  | { readonly kind: 'done' }
  /** `printed`: the message as standard error shows it, where that differs. */
  | { readonly kind: 'failed'; readonly message: string; readonly printed?: string }
  | { readonly kind: 'killed' }
  | { readonly kind: 'lost'; readonly container: string; readonly why: string };

export interface ExecTask {
  readonly request: ExecRequest;
  readonly args: ExecArguments;
  readonly input: WorkspacesExecutionInput;
  readonly steps: readonly Step[];
  readonly events: JsonLines;
}

export async function runBatchExec(request: ExecRequest): Promise<ExecEnd> {
  const args = parseExecArguments(request.args);
  if (args.kind === 'refused') {
    request.output('stderr', encodeText(args.message));
    return { kind: 'exited', exitCode: args.exitCode };
  }
  const end = await execute(request, args);
  switch (end.kind) {
    case 'done':
      return { kind: 'exited', exitCode: 0 };
    case 'failed':
      request.output('stderr', encodeText(exitMessage(end.printed ?? end.message)));
      return { kind: 'exited', exitCode: 1 };
    case 'killed':
    case 'lost':
      return end;
  }
}

async function execute(request: ExecRequest, args: ExecArguments): Promise<TaskEnd> {
  const noFolder = await makeTemporaryFolder(request.paths, args.temporary);
  if (noFolder !== undefined) return { kind: 'failed', message: noFolder };
  const input = await readInput(request, args.file);
  if ('message' in input) return { kind: 'failed', ...input };
  const steps = input.input.steps ?? [];
  if (steps.length === 0) return { kind: 'failed', message: 'invalid execution, no steps to process' };
  for (const [stepIndex, step] of steps.entries()) {
    const refusal = refusedStep(step, stepIndex);
    if (refusal !== undefined) return { kind: 'failed', message: refusal };
  }
  const events = new JsonLines({
    taskID: request.taskId,
    unixMillis: () => request.clock.now(),
    print: (line) => request.output('stdout', encodeText(line)),
    warn: (message) => request.output('stderr', encodeText(`${message}\n`)),
  });
  const noImages = prepareImages(events, steps);
  if (noImages !== undefined) return { kind: 'failed', message: noImages };
  return executeTask({ request, args, input: input.input, steps, events });
}

async function makeTemporaryFolder(paths: TaskPaths, named: string): Promise<string | undefined> {
  if (path.posix.isAbsolute(named)) return undefined;
  try {
    await mkdir(pathInRunner(paths, named), { mode: 0o777 });
    return undefined;
  } catch (error) {
    return `creating temp directory: ${goPathError('mkdir', pathInSteps(paths, named), errnoOf(error))}`;
  }
}

async function readInput(
  { paths, jobFile }: ExecRequest,
  named: string,
): Promise<{ readonly input: WorkspacesExecutionInput } | { readonly message: string }> {
  const read = await readJobFile(paths, jobFile, named);
  if (read.kind === 'missing') return { message: `cannot open file ${quote(named)}: ${read.message}` };
  if (read.kind === 'failed') return { message: `reading workspace execution input file: ${read.message}` };
  const parsed = parseExecutionInput(decodeText(read.bytes));
  if (parsed.kind === 'error') return { message: `unmarshaling workspace execution input file: ${parsed.message}` };
  return { input: parsed.value };
}

/** The images are there already, since they came with the task; what is left of pulling them is docker's look at the name. */
function prepareImages(events: JsonLines, steps: readonly Step[]): string | undefined {
  events.preparingContainerImages();
  const known = staticImages(steps);
  if (known.kind === 'error') return known.message;
  const { images } = known;
  events.preparingContainerImagesProgress(0, images.length);
  for (const [index, image] of images.entries()) {
    const problem = pullProblem(image);
    if (problem !== undefined) return problem;
    events.preparingContainerImagesProgress(index + 1, images.length);
  }
  events.preparingContainerImagesSuccess();
  return undefined;
}
