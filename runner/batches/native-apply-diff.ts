// The docker step `apply-diff` of a native batches job, which brings the repository to where the cached steps left it:
// the script `set -e; git apply -p0 ../state.diff; git add --all`, carried out in the step-runner.
import path from 'node:path';
import { gitFailure } from './git/diff.ts';
import type { GitEnd } from './git/command.ts';
import { withTrustedRepository } from './git/trusted-repository.ts';
import type { NativeRequest, ProgramEnd } from './native.ts';
import { lstatOrNothing } from './workspace-file.ts';

const COMMANDS = [
  ['apply', '-p0', '../state.diff'],
  ['add', '--all'],
] as const;

export async function applyDiff({ paths, hostCommand, output, signal }: NativeRequest): Promise<ProgramEnd> {
  const diff = await lstatOrNothing(path.join(paths.job, 'state.diff'));
  if (diff?.isSymbolicLink() === true) return { kind: 'failed', message: 'state.diff is a symbolic link' };
  return withTrustedRepository(path.join(paths.job, 'repository'), hostCommand, signal, async (repository) => {
    for (const command of COMMANDS) {
      const end = await repository.git(command, signal);
      if (end.kind === 'killed') return end;
      if (end.kind === 'exited') {
        if (end.stdout.length > 0) output('stdout', end.stdout);
        if (end.stderr.length > 0) output('stderr', end.stderr);
      }
      if (gitFailure(end) !== undefined) return { kind: 'failed', ...messageOf(end) };
    }
    return { kind: 'done' };
  });
}

/** git has said itself what is wrong; a shell would only add that there is no git. */
function messageOf(end: Exclude<GitEnd, { kind: 'killed' }>): { message: string; exitCode: number } {
  return end.kind === 'exited'
    ? { message: '', exitCode: end.exitCode }
    : { message: `${end.message}\n`, exitCode: 127 };
}
