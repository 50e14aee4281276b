// One step of a version 1 batches job in its container: its script, files and mounts are put in place, its output is told
// as it comes and kept for the result. src-cli's executeSingleStep.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { prepareStep, type PreparedStep } from '#batches/batch-exec/prepare-step.ts';
import { decodeText, encodeText } from '#batches/go/text.ts';
import { trimSpace } from '#batches/go/unicode.ts';
import { stepFailureText } from '#batches/step-failed.ts';
import type { StepContext } from '#batches/step-context.ts';
import type { Step } from '#batches/step.ts';
import type { StepContainer, StepCopy, StepEnd } from '../step-container.ts';
import { makeFolderInside } from '../workspace/write-inside.ts';
import type { ExecTask } from './batch-exec.ts';
import type { StepFailed } from './exec-task.ts';
import { resolveExecMount } from './mounts.ts';
import { logTooLarge, ResultLog } from './result-log.ts';
import { pathInRunner, pathInSteps } from './seen-paths.ts';
import { StepLines } from './step-lines.ts';
import { writeWorkspaceFile } from './workspace-file.ts';

export interface StepToRun {
  readonly stepIndex: number;
  readonly step: Step;
  readonly context: StepContext;
}

export type RanStep =
  | { readonly kind: 'ran'; readonly stdout: string; readonly stderr: string }
  | StepFailed
  | { readonly kind: 'killed' }
  | { readonly kind: 'lost'; readonly container: string; readonly why: string };

type Prepared = Extract<PreparedStep, { kind: 'prepared' }>;

/**
 * The script runs under bash where the image has it, else under sh. It is the process itself, so that its exit code and
 * its `$0` are what they would be without these words.
 */
const LAUNCH = 'if [ -x /bin/bash ]; then exec /bin/bash "$1"; fi; exec /bin/sh "$1"';

export async function runStep(task: ExecTask, signal: AbortSignal, toRun: StepToRun): Promise<RanStep> {
  const { request, events } = task;
  const number = toRun.stepIndex + 1;
  events.stepPreparingStart(number);
  const environment = Object.entries(request.environment).map(([name, value]) => `${name}=${value}`);
  const prepared = prepareStep(toRun.step, toRun.context, environment);
  if (prepared.kind === 'error') {
    events.stepPreparingFailed(number, prepared.message);
    return failed(prepared.message);
  }
  const placed = new PlacedFiles(task);
  try {
    return await runPrepared(task, signal, toRun, prepared, placed);
  } finally {
    await placed.remove();
  }
}

async function runPrepared(
  task: ExecTask,
  signal: AbortSignal,
  { stepIndex, step }: StepToRun,
  prepared: Prepared,
  placed: PlacedFiles,
): Promise<RanStep> {
  const { request, input, events } = task;
  const number = stepIndex + 1;
  const script = await placed.write(encodeText(prepared.script), 0o644);
  const copies: StepCopy[] = [];
  for (const [target, content] of prepared.files) {
    copies.push({ from: await placed.write(encodeText(content), 0o600), to: target });
  }
  if (placed.problem !== undefined) {
    events.stepPreparingFailed(number, placed.problem);
    return failed(placed.problem);
  }
  events.stepPreparingSuccess(number);
  events.stepStarted(number, prepared.env);
  for (const mount of step.mount ?? []) {
    const source = await resolveExecMount(request.paths, task.args.workspaceFiles, mount.path);
    if (source.kind === 'refused') return failed(source.message);
    copies.push({ from: source.inSteps, to: mount.mountpoint });
  }
  const container = request.containers(stepIndex);
  if (container === undefined) {
    return failed(`the image ${step.container} of step ${number} is in no container of this task`);
  }
  await makeFolderInside(request.paths.job, path.posix.join(task.args.repository, input.path));
  const workingDirectory = path.posix.join(request.paths.repositoryInSteps, input.path);
  const command = ['/bin/sh', '-c', LAUNCH, 'sh', script];
  const run = { command, workingDirectory, environment: Object.fromEntries(prepared.env), copies };
  return attempt(task, signal, { stepIndex, step, script: prepared.script, scriptName: script, container, run });
}

interface Attempt {
  readonly stepIndex: number;
  readonly step: Step;
  readonly script: string;
  readonly scriptName: string;
  readonly container: StepContainer;
  readonly run: Parameters<StepContainer['run']>[0];
}

/** `src` knows nothing of `maxAttempts`; the instance's own program, which runs the steps of its hooks, does. */
async function attempt(task: ExecTask, signal: AbortSignal, one: Attempt): Promise<RanStep> {
  const attempts = task.args.program === 'batch-exec' ? Math.max(one.step.maxAttempts, 1) : 1;
  let ran = await runOnce(task, signal, one);
  for (let made = 1; made < attempts && ran.kind === 'failed' && !signal.aborted; made++) {
    ran = await runOnce(task, signal, one);
  }
  return ran;
}

async function runOnce({ request, events }: ExecTask, signal: AbortSignal, one: Attempt): Promise<RanStep> {
  const logs = { stdout: new ResultLog(), stderr: new ResultLog() };
  const lines = new StepLines(request.clock, (bytes) => events.stepOutput(one.stepIndex + 1, decodeText(bytes)));
  request.stepStarting();
  const end = await one.container.run(
    one.run,
    (stream, bytes) => {
      logs[stream].push(bytes);
      lines.push(stream, bytes);
    },
    signal,
  );
  lines.close();
  if (end.kind === 'lost') return end;
  if (request.signal.aborted) return { kind: 'killed' };
  if (logs.stdout.isTooLarge) return failed(logTooLarge('output'));
  if (logs.stderr.isTooLarge) return failed(logTooLarge('error'));
  const stdout = decodeText(logs.stdout.bytes());
  const stderr = decodeText(logs.stderr.bytes());
  if (end.kind === 'exited' && end.exitCode === 0) return { kind: 'ran', stdout, stderr };
  const exitCode = end.kind === 'exited' ? end.exitCode : -1;
  const { script: run, scriptName } = one;
  const { container } = one.step;
  const texts = { stdout: trimSpace(stdout), stderr: trimSpace(stderr) };
  return failed(stepFailureText({ run, container, scriptName, ...texts, exitCode, reason: reasonOf(end) }), exitCode);
}

/** Go's text of how a process ended. */
const reasonOf = (end: Exclude<StepEnd, { kind: 'lost' }>): string =>
  end.kind === 'killed' ? 'signal: killed' : `exit status ${end.exitCode}`;

const failed = (message: string, exitCode = -1): StepFailed => ({
  kind: 'failed',
  message,
  event: { message, exitCode },
});

/** Files for one step in the temporary folder, which the steps see. */
class PlacedFiles {
  readonly #task: ExecTask;
  readonly #files: string[] = [];
  problem: string | undefined;

  constructor(task: ExecTask) {
    this.#task = task;
  }

  /** Resolves to the file's path in steps. */
  async write(content: Uint8Array, mode: number): Promise<string> {
    const { request, args } = this.#task;
    const named = path.posix.join(args.temporary, String(randomBytes(4).readUInt32BE()));
    const [file, shown] = [pathInRunner(request.paths, named), pathInSteps(request.paths, named)];
    // Whatever the umask: the image's user has to read the script.
    const exactly = { mode, umask: 'ignored' } as const;
    const notWritten = await writeWorkspaceFile(request.paths.job, file, shown, content, exactly);
    if (notWritten !== undefined) {
      this.problem ??= `creating temporary file: ${notWritten}`;
      return shown;
    }
    this.#files.push(file);
    return shown;
  }

  async remove(): Promise<void> {
    for (const file of this.#files) await rm(file, { force: true });
  }
}
