// A diff to the lists of files it changes (ChangesInDiff of Sourcegraph's lib/batches/git): what templates see as
// `steps.modified_files` and its kin.
import type { ChangedFiles } from '../step-result.ts';
import { DiffError } from './error.ts';
import { NO_FILE } from './file-names.ts';
import { textOfBytes } from './line-reader.ts';
import { parseDiff } from './parse.ts';

export type DiffChanges =
  | { readonly kind: 'changes'; readonly changedFiles: ChangedFiles }
  /** go-diff's error text. */
  | { readonly kind: 'error'; readonly message: string };

export function changesInDiff(diff: Uint8Array): DiffChanges {
  const lists = { modified: [] as string[], added: [] as string[], deleted: [] as string[], renamed: [] as string[] };
  try {
    for (const { orig, new: changed } of parseDiff(diff)) {
      if (changed === NO_FILE) lists.deleted.push(textOfBytes(orig));
      else if (orig === NO_FILE) lists.added.push(textOfBytes(changed));
      else if (orig === changed) lists.modified.push(textOfBytes(orig));
      else lists.renamed.push(textOfBytes(changed));
    }
  } catch (error) {
    if (error instanceof DiffError) return { kind: 'error', message: error.message };
    throw error;
  }
  return {
    kind: 'changes',
    changedFiles: {
      modified: orNull(lists.modified),
      added: orNull(lists.added),
      deleted: orNull(lists.deleted),
      renamed: orNull(lists.renamed),
    },
  };
}

/** Go's append never makes a list of nothing. */
function orNull(paths: string[]): string[] | null {
  return paths.length === 0 ? null : paths;
}
