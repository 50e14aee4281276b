// The diff of all that the steps have done so far: what changed in the work tree against HEAD, with binary files inline.
import type { GitEnd } from './command.ts';
import type { TrustedRepository } from './trusted-repository.ts';

/** Its base64 and its text must fit into one event line. */
export const DIFF_BYTES_MAX = 96 * 1024 * 1024;

export type StepDiff =
  | { readonly kind: 'diff'; readonly diff: Uint8Array }
  /** `status` as Go puts it: `exit status 128`. */
  | { readonly kind: 'failed'; readonly command: 'add' | 'diff'; readonly status: string; readonly stderr: string }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'killed' };

export async function stepDiff(repository: TrustedRepository, signal: AbortSignal): Promise<StepDiff> {
  const added = await repository.git(['add', '--all'], signal);
  if (added.kind === 'killed') return added;
  const addFailure = gitFailure(added);
  if (addFailure !== undefined) return { kind: 'failed', command: 'add', ...addFailure };
  // No program of the repository's choice may take part; the plain diff is the same.
  const args = ['diff', '--cached', '--no-ext-diff', '--no-textconv', '--no-prefix', '--binary'];
  const diff = await repository.git(args, signal, DIFF_BYTES_MAX + 1);
  if (diff.kind === 'killed') return diff;
  const failure = gitFailure(diff);
  if (failure !== undefined || diff.kind !== 'exited') {
    return { kind: 'failed', command: 'diff', ...(failure ?? { status: '', stderr: '' }) };
  }
  return diff.stdout.length > DIFF_BYTES_MAX ? { kind: 'too-large' } : { kind: 'diff', diff: diff.stdout };
}

/** How git failed, in Go's words; undefined when it did not. */
export function gitFailure(end: GitEnd): { readonly status: string; readonly stderr: string } | undefined {
  if (end.kind === 'not-started') return { status: end.message, stderr: '' };
  if (end.kind === 'killed') return { status: 'signal: killed', stderr: '' };
  if (end.exitCode === 0) return undefined;
  return { status: `exit status ${end.exitCode}`, stderr: end.stderr.toString('utf8') };
}
