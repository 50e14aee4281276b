// Changeset specs of a workspace from the result of its last step (`ChangesetSpecsFromCache` of Sourcegraph's lib/batches).
import { publishedValue } from '../spec/published.ts';
import type { BatchSpec, ChangesetTemplate } from '../spec/types.ts';
import type { StepContext } from '../step-context.ts';
import { NO_STEP_RESULT, type AfterStepResult } from '../step-result.ts';
import { renderChangesetTemplateField, TemplateError } from '../template/index.ts';
import type { BranchChangesetSpec, ChangesetSpec } from './changeset-spec.ts';
import { groupDiffs, groupsForRepository, groupsProblem } from './group-diffs.ts';

export interface ChangesetRepository {
  /** GraphQL ID. */
  readonly id: string;
  readonly name: string;
  /** With `refs/heads/`. */
  readonly baseRef: string;
  readonly baseRev: string;
  readonly fileMatches: readonly string[] | null;
}

export interface ChangesetAuthor {
  readonly name: string;
  readonly email: string;
}

export interface ChangesetInput {
  readonly spec: BatchSpec;
  readonly repository: ChangesetRepository;
  /** Of the last step that ran. */
  readonly result: AfterStepResult;
  /** The workspace's folder. */
  readonly path: string;
  readonly binaryDiffs: boolean;
  /** Where the template names no author; null is Sourcegraph's own. */
  readonly fallbackAuthor: ChangesetAuthor | null;
}

export type ChangesetSpecs =
  | { readonly kind: 'specs'; readonly specs: readonly ChangesetSpec[] }
  | { readonly kind: 'error'; readonly message: string };

const BRANCH_PREFIX = 'refs/heads/';
const DEFAULT_AUTHOR: ChangesetAuthor = { name: 'Sourcegraph', email: 'batch-changes@sourcegraph.com' };

/** None for an empty diff. The default branch's spec is first. */
export function changesetSpecs(input: ChangesetInput): ChangesetSpecs {
  const diff = input.result.diff ?? new Uint8Array();
  const template = input.spec.changesetTemplate;
  if (diff.length === 0) return { kind: 'specs', specs: [] };
  if (template === null) return { kind: 'error', message: 'batch spec has no changesetTemplate' };
  let fields: RenderedFields;
  try {
    fields = renderFields(template, input);
  } catch (error) {
    if (error instanceof TemplateError) return { kind: 'error', message: error.message };
    throw error;
  }
  const groups = groupsForRepository(input.repository.name, input.spec.transformChanges);
  if (groups.length === 0) return specsOf(input, template, fields, new Map([[fields.branch, diff]]));
  const problem = groupsProblem(input.repository.name, template.branch, groups);
  if (problem !== null) return { kind: 'error', message: problem };
  const grouped = groupDiffs(diff, fields.branch, groups);
  return grouped.kind === 'error' ? grouped : specsOf(input, template, fields, grouped.diffs);
}

interface RenderedFields {
  readonly author: ChangesetAuthor;
  readonly title: string;
  readonly body: string;
  readonly message: string;
  readonly branch: string;
}

/** In the reference's order, which decides whose error is reported. Throws TemplateError. */
function renderFields(template: ChangesetTemplate, input: ChangesetInput): RenderedFields {
  const context = contextOf(input);
  const render = (name: string, text: string): string => renderChangesetTemplateField(name, text, context);
  const author = template.commit.author;
  return {
    author:
      author === null
        ? (input.fallbackAuthor ?? DEFAULT_AUTHOR)
        : { name: render('authorName', author.name), email: render('authorEmail', author.email) },
    title: render('title', template.title),
    body: render('body', template.body),
    message: render('message', template.commit.message),
    branch: render('branch', template.branch),
  };
}

function contextOf({ spec, repository, result, path }: ChangesetInput): StepContext {
  return {
    batchChange: { name: spec.name, description: spec.description },
    repository: {
      name: repository.name,
      branch: withoutPrefix(repository.baseRef),
      fileMatches: repository.fileMatches,
    },
    outputs: result.outputs,
    previousStep: NO_STEP_RESULT,
    step: NO_STEP_RESULT,
    steps: { changes: result.changedFiles, path },
  };
}

function specsOf(
  input: ChangesetInput,
  template: ChangesetTemplate,
  fields: RenderedFields,
  diffs: ReadonlyMap<string, Uint8Array>,
): ChangesetSpecs {
  const specs: BranchChangesetSpec[] = [];
  const { repository } = input;
  for (const [branch, diff] of diffs) {
    const published = publishedValue(template.published, repository.name, branch);
    if (published.kind === 'error') return published;
    specs.push({
      kind: 'branch',
      repositoryId: repository.id,
      baseRev: repository.baseRev,
      baseRef: repository.baseRef,
      headRef: BRANCH_PREFIX + withoutPrefix(branch),
      title: fields.title,
      body: fields.body,
      commit: {
        message: fields.message,
        diff,
        binary: input.binaryDiffs,
        authorName: fields.author.name,
        authorEmail: fields.author.email,
      },
      published: published.value,
      fork: template.fork,
    });
  }
  return { kind: 'specs', specs };
}

function withoutPrefix(ref: string): string {
  return ref.startsWith(BRANCH_PREFIX) ? ref.slice(BRANCH_PREFIX.length) : ref;
}
