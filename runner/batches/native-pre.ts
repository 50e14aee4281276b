// `batcheshelper pre N`: carries out what batches/native/pre.ts decided.
import { randomInt } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { encodeText } from '#batches/go/text.ts';
import { goJson } from '#batches/go/json-encode.ts';
import { planPre, type PreRun } from '#batches/native/pre.ts';
import { stepScript } from '#batches/native/script.ts';
import { marshalStepResult } from '#batches/step-result-json.ts';
import type { Mount } from '#batches/step.ts';
import { errnoOf, goPathError } from './go-error-text.ts';
import { resolveNativeMount } from './mounts.ts';
import { printEvent } from './native-events.ts';
import { stepResultFile, type Prepared, type Read } from './native-input.ts';
import type { NativeRequest, ProgramEnd } from './native.ts';
import { writeWorkspaceFile } from './workspace-file.ts';

const SKIP_FILE = 'skip.json';
/** Go's os.ModePerm: files that steps of any user read and run. */
const FOR_ALL = { mode: 0o777, umask: 'applied' } as const;
/** As Go's os.CreateTemp makes them. */
const FOR_OWNER = { mode: 0o600, umask: 'applied' } as const;

export async function runPre({ request, args, input, previous }: Prepared): Promise<ProgramEnd> {
  const environment = Object.entries(request.environment).map(([name, value]) => `${name}=${value}`);
  const plan = planPre({ input, stepIndex: args.step, previous, environment });
  if (plan.kind === 'failed') return plan;
  // Only one that this very program has written may be obeyed.
  await rm(path.join(request.paths.job, SKIP_FILE), { recursive: true, force: true });
  if (plan.kind === 'skip') {
    const failure = printEvent(request, 'TASK_STEP_SKIPPED', 'PROGRESS', { step: args.step + 1 });
    if (failure !== undefined) return failed(failure);
    const result = marshalStepResult(plan.result);
    if (result.kind === 'error') return failed(`marshalling step result: ${result.message}`);
    const notWritten = await write(request, stepResultFile(args.step), result.text);
    if (notWritten !== undefined) return failed(`failed to write step result file: ${notWritten}`);
    const skipNotWritten = await write(request, SKIP_FILE, skipText(plan.nextStepKey));
    if (skipNotWritten !== undefined) return failed(`failed to write skip file: writing skip file: ${skipNotWritten}`);
    return { kind: 'done' };
  }
  return prepareRun(request, args.step, args.workspaceFiles, plan);
}

async function prepareRun(
  request: NativeRequest,
  stepIndex: number,
  workspaceFiles: string,
  plan: PreRun,
): Promise<ProgramEnd> {
  if (plan.files.kind === 'error') return failed(plan.files.message);
  const files = await placeFiles(request, stepIndex, plan.files.value);
  if (files.kind === 'failed') return files;
  const mounts = await resolveMounts(request, workspaceFiles, plan.mounts);
  if (mounts.kind === 'failed') return mounts;
  if (plan.env.kind === 'error') return failed(plan.env.message);
  const env = plan.env.value;
  const failure = printEvent(request, 'TASK_STEP', 'STARTED', { step: stepIndex + 1, env });
  if (failure !== undefined) return failed(failure);
  if (plan.run.kind === 'error') return failed(plan.run.message);
  const script = stepScript({ env, files: files.value, mounts: mounts.value, run: plan.run.value });
  const notWritten = await write(request, `step${stepIndex}.sh`, script);
  return notWritten === undefined ? { kind: 'done' } : failed(`failed to write step script file: ${notWritten}`);
}

/** Writes each file under a random name; target to the path in steps. */
async function placeFiles(
  { paths }: NativeRequest,
  stepIndex: number,
  files: ReadonlyMap<string, string>,
): Promise<Read<ReadonlyMap<string, string>>> {
  const placed = new Map<string, string>();
  if (files.size === 0) return { kind: 'read', value: placed };
  const folder = `step${stepIndex}files`;
  const inSteps = path.posix.join(paths.jobInSteps, folder);
  try {
    await mkdir(path.join(paths.job, folder), { mode: FOR_ALL.mode });
  } catch (error) {
    const text = goPathError('mkdir', inSteps, errnoOf(error));
    return failed(`failed to create files to mount: failed to create directory for file mounts: ${text}`);
  }
  for (const [target, content] of files) {
    const name = String(randomInt(2 ** 32)).padStart(10, '0');
    const shown = path.posix.join(inSteps, name);
    const file = path.join(paths.job, folder, name);
    const notWritten = await writeWorkspaceFile(paths.job, file, shown, encodeText(content), FOR_OWNER);
    if (notWritten !== undefined) {
      return failed(`failed to create files to mount: creating temporary file: ${notWritten}`);
    }
    placed.set(target, shown);
  }
  return { kind: 'read', value: placed };
}

async function resolveMounts(
  { paths }: NativeRequest,
  workspaceFiles: string,
  mounts: readonly Mount[],
): Promise<Read<readonly { readonly source: string; readonly mountpoint: string }[]>> {
  const resolved: { source: string; mountpoint: string }[] = [];
  for (const { path: mountPath, mountpoint } of mounts) {
    const mount = await resolveNativeMount(paths, workspaceFiles, mountPath);
    if (mount.kind === 'refused') return failed(`getAbsoluteMountPath: ${mount.message}`);
    resolved.push({ source: mount.inSteps, mountpoint });
  }
  return { kind: 'read', value: resolved };
}

function write({ paths }: NativeRequest, name: string, text: string): Promise<string | undefined> {
  const shown = path.posix.join(paths.jobInSteps, name);
  return writeWorkspaceFile(paths.job, path.join(paths.job, name), shown, encodeText(text), FOR_ALL);
}

function skipText(nextStep: string): string {
  const json = goJson(new Map([['nextStep', nextStep]]));
  if (json.kind === 'error') throw new Error(json.message);
  return json.text;
}

const failed = (message: string): { readonly kind: 'failed'; readonly message: string } => ({
  kind: 'failed',
  message,
});
