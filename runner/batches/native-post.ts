// `batcheshelper post N`: the diff and the outputs of a step that has run, as its result.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheKeyOfHelper } from '#batches/cache-key.ts';
import { parseBool } from '#batches/go/flags.ts';
import { quote } from '#batches/go/quote.ts';
import { decodeText, encodeText } from '#batches/go/text.ts';
import { planPost } from '#batches/native/post.ts';
import { marshalStepResult } from '#batches/step-result-json.ts';
import type { AfterStepResult } from '#batches/step-result.ts';
import { DIFF_BYTES_MAX, stepDiff } from './git/diff.ts';
import { NOT_A_REPOSITORY, withTrustedRepository } from './git/trusted-repository.ts';
import { mountMetadata } from './mount-metadata.ts';
import { printEvent } from './native-events.ts';
import { stepResultFile, type Prepared, type Read } from './native-input.ts';
import type { NativeRequest, ProgramEnd } from './native.ts';
import { readWorkspaceFile, writeWorkspaceFile } from './workspace-file.ts';

export async function runPost(prepared: Prepared): Promise<ProgramEnd> {
  const { request, args, input, previous } = prepared;
  const addSafe = request.environment['EXECUTOR_ADD_SAFE'] ?? '';
  // It says whether to tell git that the repository is safe; git here looks at no repository's settings anyway.
  if (addSafe !== '' && parseBool(addSafe) === undefined) {
    const why = `strconv.ParseBool: parsing ${quote(addSafe)}: invalid syntax`;
    return failed(`parsing EXECUTOR_ADD_SAFE boolean: ${why}`);
  }
  const diff = await makeDiff(request);
  if (diff.kind !== 'read') return diff;
  const stdout = await readLog(request, `stdout${args.step}.log`, 'failed to read stdout file');
  if (stdout.kind === 'failed') return stdout;
  const stderr = await readLog(request, `stderr${args.step}.log`, 'failed to read stderr file');
  if (stderr.kind === 'failed') return stderr;
  const logs = { stdout: stdout.value, stderr: stderr.value };
  const plan = planPost({ input, stepIndex: args.step, previous, diff: diff.value, ...logs });
  if (plan.kind === 'failed') return plan;
  return publish(prepared, plan.result);
}

async function makeDiff({
  paths,
  hostCommand,
  signal,
}: NativeRequest): Promise<Read<Uint8Array> | { readonly kind: 'killed' }> {
  const repository = path.join(paths.job, 'repository');
  const diff = await withTrustedRepository(repository, hostCommand, signal, (trusted) => stepDiff(trusted, signal));
  switch (diff.kind) {
    case 'diff':
      return { kind: 'read', value: diff.diff };
    case 'failed':
      return failed(
        `${diff.command === 'add' ? 'failed to add all files to git' : 'failed to generate diff'}: ${diff.status}` +
          wordsOfGit(diff.stderr),
      );
    case 'too-large':
      return failed(`failed to generate diff: it is larger than ${DIFF_BYTES_MAX} bytes`);
    case 'killed':
      return diff;
  }
}

/** The reference leaves them out, and a full disk looks like anything else. Without a repository they say no more. */
const wordsOfGit = (stderr: string): string =>
  stderr === '' || stderr === NOT_A_REPOSITORY ? '' : `\n${stderr.trimEnd()}`;

async function publish({ request, args, input }: Prepared, result: AfterStepResult): Promise<ProgramEnd> {
  const { diff, outputs } = result;
  const event = { version: 2, step: args.step, diff, outputs };
  const notPrinted = printEvent(request, 'TASK_STEP', 'SUCCESS', event);
  if (notPrinted !== undefined) return failed(notPrinted);
  const json = marshalStepResult(result);
  if (json.kind === 'error') return failed(`marshalling step result: ${json.message}`);
  const name = stepResultFile(args.step);
  const shown = path.posix.join(request.paths.jobInSteps, name);
  const { job } = request.paths;
  const notWritten = await writeWorkspaceFile(job, path.join(job, name), shown, encodeText(json.text), {
    mode: 0o777,
    umask: 'applied',
  });
  if (notWritten !== undefined) return failed(`failed to write step result file: ${notWritten}`);
  const metadata = await mountMetadata(request.paths, args.workspaceFiles, input.steps ?? []);
  if (metadata.kind === 'error') return failed(`failed to compute cache key: ${metadata.message}`);
  const environment = Object.entries(request.environment).map(([key, value]) => `${key}=${value}`);
  const key = cacheKeyOfHelper(input, args.step, environment, metadata.mounts);
  if (key.kind === 'error') return failed(`failed to compute cache key: ${key.message}`);
  const last = printEvent(request, 'CACHE_AFTER_STEP_RESULT', 'SUCCESS', { key: key.key, value: result });
  if (last !== undefined) return failed(last);
  // The workspace files stay: later steps may mount them. The reference removes them here, and such steps fail.
  await rm(path.join(request.paths.job, `step${args.step}files`), { recursive: true, force: true });
  return { kind: 'done' };
}

async function readLog({ paths }: NativeRequest, name: string, what: string): Promise<Read<string>> {
  const shown = path.posix.join(paths.jobInSteps, name);
  const read = await readWorkspaceFile(paths.job, path.join(paths.job, name), shown);
  return read.kind === 'read' ? { kind: 'read', value: decodeText(read.bytes) } : failed(`${what}: ${read.message}`);
}

const failed = (message: string): { readonly kind: 'failed'; readonly message: string } => ({
  kind: 'failed',
  message,
});
