// `transformChanges`: the files of a diff shared out to branches by the folders they are in.
import { Buffer } from 'node:buffer';
import { DiffError } from '../diff/error.ts';
import { NO_FILE } from '../diff/file-names.ts';
import { parseDiff, type DiffFile } from '../diff/parse.ts';
import { printFile } from '../diff/print.ts';
import { quote } from '../go/quote.ts';
import { encodeText } from '../go/text.ts';
import type { ChangesGroup, TransformChanges } from '../spec/types.ts';

export type GroupedDiffs =
  /** Diffs by branch; the default branch is first, and there even when nothing is left for it. */
  | { readonly kind: 'grouped'; readonly diffs: ReadonlyMap<string, Uint8Array> }
  | { readonly kind: 'error'; readonly message: string };

/** The groups that count in a repository. */
export function groupsForRepository(repository: string, transform: TransformChanges | null): ChangesGroup[] {
  return (transform?.group ?? []).filter((group) => group.repository === '' || group.repository === repository);
}

/** null when no two changesets of a repository get the same branch. `templateBranch` is the template's text, not rendered. */
export function groupsProblem(
  repository: string,
  templateBranch: string,
  groups: readonly ChangesGroup[],
): string | null {
  const branches = new Set<string>();
  for (const { branch } of groups) {
    if (branches.has(branch)) {
      return `transformChanges would lead to multiple changesets in repository ${repository} to have the same branch ${quote(branch)}`;
    }
    branches.add(branch);
    if (branch === templateBranch) {
      return `transformChanges group branch for repository ${repository} is the same as branch ${quote(branch)} in changesetTemplate`;
    }
  }
  return null;
}

export function groupDiffs(diff: Uint8Array, defaultBranch: string, groups: readonly ChangesGroup[]): GroupedDiffs {
  let files: DiffFile[];
  try {
    files = parseDiff(diff);
  } catch (error) {
    if (error instanceof DiffError) return { kind: 'error', message: `grouping diffs failed: ${error.message}` };
    throw error;
  }
  // Of two groups with the same folder, the later one's branch counts for both.
  const branches = new Map(groups.map(({ directory, branch }) => [directory, branch]));
  const prefixes = groups.map(({ directory }) => ({ directory, prefix: pathPrefix(directory) }));
  const byBranch = new Map<string, Buffer[]>([[defaultBranch, []]]);
  for (const file of files) {
    const path = changedPath(file);
    const group = prefixes.findLast(({ prefix }) => path.startsWith(prefix));
    const branch = group === undefined ? defaultBranch : (branches.get(group.directory) ?? defaultBranch);
    const printed = byBranch.get(branch) ?? [];
    printed.push(printFile(diff, file));
    byBranch.set(branch, printed);
  }
  return {
    kind: 'grouped',
    diffs: new Map(Array.from(byBranch, ([branch, printed]) => [branch, Buffer.concat(printed)])),
  };
}

/** The new path, of a deleted file the old one, without git's `a/` and `b/`; a byte string. */
function changedPath(file: DiffFile): string {
  const path = file.new.replace(/^b\//, '');
  return path === NO_FILE ? file.orig.replace(/^a\//, '') : path;
}

/** Leading `~`, `.` and `/` do not count, so a folder with a dot before its name is never found. A byte string. */
function pathPrefix(directory: string): string {
  const bytes = Buffer.from(encodeText(directory)).toString('latin1');
  return `${bytes.replace(/^[~./]+/, '')}/`;
}
