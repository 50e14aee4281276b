// changesets.json: a batch spec and the result of its last step to changeset specs; imports; and `published` looked up.
import { changesetSpecs, type ChangesetAuthor, type ChangesetSpecs } from '#batches/changesets/build.ts';
import { changesetSpecJson } from '#batches/changesets/changeset-spec.ts';
import { importedChangesetSpecs } from '#batches/changesets/import.ts';
import { changesInDiff } from '#batches/diff/changed-files.ts';
import { goJson } from '#batches/go/json-encode.ts';
import { unmarshal } from '#batches/go/json-type.ts';
import { parseBatchSpec } from '#batches/spec/parse.ts';
import { publishedType, publishedValue } from '#batches/spec/published.ts';
import type { BatchSpec } from '#batches/spec/types.ts';
import type { AfterStepResult } from '#batches/step-result.ts';
import type { Adapter, Outcome, VectorCase } from './adapter.ts';
import { judge } from './compare.ts';
import { resultOf } from './results.ts';
import { textOf } from './typed.ts';

interface JsonRepository {
  readonly ID: string;
  readonly Name: string;
  readonly BaseRef: string;
  readonly BaseRev: string;
  readonly FileMatches: readonly string[] | null;
}

export const adapter: Adapter = {
  run: (testCase) => judge(testCase, outcomeOf(testCase)),
};

function outcomeOf({ in: input }: VectorCase): Outcome {
  switch (input['func']) {
    case 'ChangesetSpecsFromCache':
      return fromCache(input);
    case 'BuildImportChangesetSpecs': {
      const ids = new Map(Object.entries(input['repoIDs'] as Record<string, string>));
      return listed(importedChangesetSpecs(specOf(input).importChangesets, ids));
    }
    case 'Published.ValueWithSuffix':
      return lookedUp(textOf(input['publishedText']), input['lookups'] as readonly (readonly [string, string])[]);
    default:
      throw new Error(`unknown function ${String(input['func'])}`);
  }
}

function fromCache(input: VectorCase['in']): Outcome {
  const repository = input['repository'] as JsonRepository;
  const author = input['fallbackAuthor'] as { readonly Name: string; readonly Email: string } | null;
  const fallbackAuthor: ChangesetAuthor | null = author === null ? null : { name: author.Name, email: author.Email };
  return listed(
    changesetSpecs({
      spec: specOf(input),
      repository: {
        id: repository.ID,
        name: repository.Name,
        baseRef: repository.BaseRef,
        baseRev: repository.BaseRev,
        fileMatches: repository.FileMatches,
      },
      result: withChanges(resultOf(input['result'] as Record<string, unknown>)),
      path: textOf(input['path']),
      binaryDiffs: input['binaryDiffs'] === true,
      fallbackAuthor,
    }),
  );
}

function specOf(input: VectorCase['in']): BatchSpec {
  const parsed = parseBatchSpec(textOf(input['specText']));
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  return parsed.spec;
}

/** A result without lists gets those of its diff. */
function withChanges(result: AfterStepResult): AfterStepResult {
  const given = Object.values(result.changedFiles).some((paths) => paths !== null);
  if (given || result.diff === null) return result;
  const changes = changesInDiff(result.diff);
  return changes.kind === 'error' ? result : { ...result, changedFiles: changes.changedFiles };
}

function listed(result: ChangesetSpecs): Outcome {
  if (result.kind === 'error') return { error: result.message };
  const headRef = (json: string): string => (JSON.parse(json) as { headRef?: string }).headRef ?? '';
  const jsons = result.specs.map(changesetSpecJson);
  return { out: jsons.toSorted((a, b) => (headRef(a) < headRef(b) ? -1 : headRef(a) > headRef(b) ? 1 : 0)) };
}

function lookedUp(text: string, lookups: readonly (readonly [string, string])[]): Outcome {
  const published = unmarshal(publishedType, text);
  if (published.kind === 'error') return { error: published.message };
  const values = lookups.map(([repository, branch]) => {
    const found = publishedValue(published.value, repository, branch);
    if (found.kind === 'error') throw new Error(found.message);
    const json = goJson(found.value);
    if (json.kind === 'error') throw new Error(json.message);
    return JSON.parse(json.text) as unknown;
  });
  return { out: { values, json: publishedType.encode(published.value) } };
}
