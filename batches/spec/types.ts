// A batch spec, versions 1 to 3, as it stands in memory (`batches.BatchSpec` of Sourcegraph's lib/batches). A text that is
// absent is empty, a list that is absent is null.
import type { GoValue } from '../go/values.ts';
import type { Step } from '../step.ts';
import type { PublishedRule } from './published.ts';

export interface BatchSpec {
  /** 1, 2 or 3; 0 when absent, which means 1. */
  readonly version: number;
  readonly name: string;
  readonly description: string;
  readonly on: readonly OnEntry[] | null;
  readonly workspaces: readonly WorkspaceConfiguration[] | null;
  readonly steps: readonly Step[] | null;
  readonly transformChanges: TransformChanges | null;
  readonly importChangesets: readonly ImportChangeset[] | null;
  readonly changesetTemplate: ChangesetTemplate | null;
  readonly changesetHooks: ChangesetHooks | null;
}

/** Either a query or a repository. */
export interface OnEntry {
  readonly repositoriesMatchingQuery: string;
  readonly repository: string;
  readonly branch: string;
  readonly branches: readonly string[] | null;
}

export interface WorkspaceConfiguration {
  /** A file name: every folder that holds one is a workspace. */
  readonly rootAtLocationOf: string;
  /** Glob over repository names; empty is all. */
  readonly in: string;
  readonly onlyFetchWorkspace: boolean;
}

export interface TransformChanges {
  readonly group: readonly ChangesGroup[] | null;
}

export interface ChangesGroup {
  readonly directory: string;
  readonly branch: string;
  /** Empty is all repositories. */
  readonly repository: string;
}

export interface ImportChangeset {
  readonly repository: string;
  /** Numbers and texts. */
  readonly externalIds: readonly GoValue[] | null;
}

export interface CommitAuthor {
  readonly name: string;
  readonly email: string;
}

export interface CommitTemplate {
  readonly message: string;
  readonly author: CommitAuthor | null;
}

export interface ChangesetTemplate {
  readonly title: string;
  readonly body: string;
  readonly branch: string;
  readonly fork: boolean | null;
  readonly commit: CommitTemplate;
  /** null: whoever looks at the batch change decides. */
  readonly published: readonly PublishedRule[] | null;
}

export interface ChangesetHook {
  readonly steps: readonly Step[] | null;
}

export interface ChangesetHooks {
  readonly onCIFailure: ChangesetHook;
  readonly onMergeConflict: ChangesetHook;
}
