// The Go types of a batch spec: how it is read from JSON, with encoding/json's errors, and written again.
import { field, optional, structOf } from '../go/json-struct.ts';
import { anyType, boolType, intType, pointerTo, sliceOf, stringType, type GoType } from '../go/json-type.ts';
import { stepType } from '../step.ts';
import { publishedType } from './published.ts';
import type {
  BatchSpec,
  ChangesetHook,
  ChangesetHooks,
  ChangesetTemplate,
  ChangesGroup,
  CommitAuthor,
  CommitTemplate,
  ImportChangeset,
  OnEntry,
  TransformChanges,
  WorkspaceConfiguration,
} from './types.ts';

const onType = structOf<OnEntry>('batches.OnQueryOrRepository', {
  repositoriesMatchingQuery: optional('repositoriesMatchingQuery', stringType),
  repository: optional('repository', stringType),
  branch: optional('branch', stringType),
  branches: optional('branches', sliceOf(stringType)),
});

const workspaceType = structOf<WorkspaceConfiguration>('batches.WorkspaceConfiguration', {
  rootAtLocationOf: optional('rootAtLocationOf', stringType),
  in: optional('in', stringType),
  onlyFetchWorkspace: optional('onlyFetchWorkspace', boolType),
});

const groupType = structOf<ChangesGroup>('batches.Group', {
  directory: optional('directory', stringType),
  branch: optional('branch', stringType),
  repository: optional('repository', stringType),
});

const transformType = structOf<TransformChanges>('batches.TransformChanges', {
  group: optional('group', sliceOf(groupType)),
});

const importType = structOf<ImportChangeset>('batches.ImportChangeset', {
  repository: field('repository', stringType),
  externalIds: field('externalIDs', sliceOf(anyType)),
});

const authorType = structOf<CommitAuthor>('batches.GitCommitAuthor', {
  name: field('name', stringType),
  email: field('email', stringType),
});

const commitType = structOf<CommitTemplate>('batches.ExpandedGitCommitDescription', {
  message: optional('message', stringType),
  author: optional('author', pointerTo(authorType)),
});

const templateType = structOf<ChangesetTemplate>('batches.ChangesetTemplate', {
  title: optional('title', stringType),
  body: optional('body', stringType),
  branch: optional('branch', stringType),
  fork: optional('fork', pointerTo(boolType)),
  commit: field('commit', commitType),
  published: field('published', pointerTo(publishedType)),
});

const hookType = structOf<ChangesetHook>('batches.ChangesetHookAction', {
  steps: optional('steps', sliceOf(stepType)),
});

const hooksType = structOf<ChangesetHooks>('batches.ChangesetHooks', {
  onCIFailure: field('onCIFailure', hookType),
  onMergeConflict: field('onMergeConflict', hookType),
});

export const batchSpecType: GoType<BatchSpec> = structOf<BatchSpec>('batches.BatchSpec', {
  version: optional('version', intType),
  name: optional('name', stringType),
  description: optional('description', stringType),
  on: optional('on', sliceOf(onType)),
  workspaces: optional('workspaces', sliceOf(workspaceType)),
  steps: optional('steps', sliceOf(stepType)),
  transformChanges: optional('transformChanges', pointerTo(transformType)),
  importChangesets: optional('importChangesets', sliceOf(importType)),
  changesetTemplate: optional('changesetTemplate', pointerTo(templateType)),
  changesetHooks: optional('changesetHooks', pointerTo(hooksType)),
});
