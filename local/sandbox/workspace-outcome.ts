// What became of a workspace: its changesets, or why it failed, read out of the finished job as the instance does.
import { changesetSpecs, type ChangesetRepository } from '#batches/changesets/build.ts';
import type { BranchChangesetSpec } from '#batches/changesets/changeset-spec.ts';
import type { BatchSpec } from '#batches/spec/types.ts';
import { unmarshalStepResult } from '#batches/step-result-json.ts';
import type { AfterStepResult } from '#batches/step-result.ts';
import type { SandboxJob } from './jobs.ts';
import { cacheEntries, eventOf, lastResult } from './step-results.ts';

export type WorkspaceOutcome =
  | {
      readonly kind: 'completed';
      readonly changesets: readonly BranchChangesetSpec[];
      readonly result: AfterStepResult;
    }
  | { readonly kind: 'failed'; readonly message: string };

export interface WorkspaceOfJob {
  readonly spec: BatchSpec;
  readonly repository: ChangesetRepository;
  readonly path: string;
}

export function outcomeOfJob(job: SandboxJob, workspace: WorkspaceOfJob): WorkspaceOutcome {
  if (job.state !== 'completed') return { kind: 'failed', message: failureOf(job) };
  const entry = lastResult(cacheEntries(job.logs));
  if (entry === undefined) return { kind: 'failed', message: 'found no step results' };
  const result = unmarshalStepResult(JSON.stringify(entry.value));
  if (result.kind === 'error') return { kind: 'failed', message: `the step result cannot be read: ${result.message}` };
  return outcomeOfResult(result.value, workspace);
}

/** The last step's result, from a job or straight from the cache. */
export function outcomeOfResult(result: AfterStepResult, workspace: WorkspaceOfJob): WorkspaceOutcome {
  const made = changesetSpecs({ ...workspace, result, binaryDiffs: true, fallbackAuthor: null });
  if (made.kind === 'error') return { kind: 'failed', message: made.message };
  return { kind: 'completed', changesets: made.specs.filter((spec) => spec.kind === 'branch'), result };
}

const TAIL_LINES = 10;

/** The executor's message, and what the failing step itself had to say. */
function failureOf(job: SandboxJob): string {
  const message = job.failureMessage ?? job.state;
  const failing = job.logs.findLast((entry) => entry.exitCode !== undefined && entry.exitCode !== 0);
  if (failing === undefined) return message;
  const lines = failing.out.split('\n').filter(Boolean);
  const own = lines.flatMap(stepFailure);
  const said = own.length > 0 ? own : lines.map((line) => line.replace(/^(stdout|stderr): /, ''));
  // What the message says already, the entry may say again in its own way.
  const more = said.filter((line) => !message.includes(line.replace(/^\[(.*)\]$/, '$1')));
  return [message, ...more.slice(-TAIL_LINES)].join('\n');
}

/** The error of a version 1 step, out of its event. */
function stepFailure(line: string): readonly string[] {
  const event = eventOf(line);
  if (event?.['operation'] !== 'EXECUTING_TASK' || event['status'] !== 'FAILURE') return [];
  const metadata = event['metadata'];
  const error =
    typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>)['error'] : undefined;
  return typeof error === 'string' ? error.split('\n') : [];
}
