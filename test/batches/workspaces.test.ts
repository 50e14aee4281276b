import { describe, expect, test } from '@jest/globals';
import type { AvailableRepository } from '#batches/on/revisions.ts';
import { parseBatchSpec } from '#batches/spec/parse.ts';
import type { BatchSpec } from '#batches/spec/types.ts';
import { executionInput, expandWorkspaces, type Workspace } from '#batches/workspaces.ts';

const FILES: Readonly<Record<string, readonly string[]>> = {
  a1: ['README.md', 'go.mod', 'svc/x/go.mod', 'svc/x/main.go'],
  a2: ['README.md'],
  b1: ['Readme.md', 'web/package.json', '.batchignore'],
};

function repository(name: string, branches: Record<string, string>): AvailableRepository {
  const [[defaultBranch, commit] = ['', '']] = Object.entries(branches);
  return { id: `id of ${name}`, name, defaultBranch, commit, branches };
}

const REPOSITORIES = [
  repository('github.com/acme/b', { main: 'b1' }),
  repository('github.com/acme/a', { main: 'a1', dev: 'a2' }),
];
const filesAt = (_repository: AvailableRepository, commit: string): readonly string[] => FILES[commit] ?? [];

function specOf(yaml: string): BatchSpec {
  const parsed = parseBatchSpec(`name: n\ndescription: d\n${yaml}`);
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  return parsed.spec;
}

function placesOf(yaml: string): string[] | string {
  const expanded = expandWorkspaces(specOf(yaml), REPOSITORIES, filesAt);
  if (expanded.kind === 'error') return expanded.message;
  return expanded.workspaces.map(
    ({ repository: { name }, branch, path, fileMatches }) =>
      `${name.slice(-1)}@${branch}:${path}${fileMatches.length > 0 ? ` (${fileMatches.join(' ')})` : ''}`,
  );
}

describe('on', () => {
  test.each<[string, string, string[] | string]>([
    ['a repository on its default branch', 'on: [{repository: github.com/acme/a}]', ['a@main:']],
    ['branches', 'on: [{repository: github.com/acme/a, branches: [dev, main]}]', ['a@dev:', 'a@main:']],
    ['a query over names', 'on: [{repositoriesMatchingQuery: "repo:^github\\\\.com/acme/"}]', ['a@main:', 'b@main:']],
    [
      'a query over paths',
      'on: [{repositoriesMatchingQuery: file:readme.md}]',
      ['a@main: (README.md)', 'b@main: (Readme.md)'],
    ],
    ['case', 'on: [{repositoriesMatchingQuery: "file:README case:yes"}]', ['a@main: (README.md)']],
    ['a negated path', 'on: [{repositoriesMatchingQuery: "f:go.mod -f:^svc/"}]', ['a@main: (go.mod)']],
    ['a negated name', 'on: [{repositoriesMatchingQuery: "repo:acme -repo:/b$ count:all"}]', ['a@main:']],
    ['a language', 'on: [{repositoriesMatchingQuery: lang:go}]', ['a@main: (svc/x/main.go)']],
    [
      'a repository entry replaces what a query found, in any order',
      'on: [{repository: github.com/acme/a, branch: dev}, {repositoriesMatchingQuery: "repo:acme"}]',
      ['a@dev:', 'b@main:'],
    ],
    [
      'a later entry replaces an earlier one',
      'on: [{repository: github.com/acme/a, branches: [dev, main]}, {repository: github.com/acme/a, branch: dev}]',
      ['a@dev:'],
    ],
    ['a repository that is not there', 'on: [{repository: x}]', 'resolving "repository:x": repo not found: name="x"'],
    [
      'a branch that is not there',
      'on: [{repository: github.com/acme/b, branch: dev}]',
      'resolving "repository:github.com/acme/b": no branch matching "dev" found for repository github.com/acme/b',
    ],
    ['no on at all', '', []],
  ])('%s', (_name, yaml, places) => {
    expect(placesOf(yaml)).toEqual(places);
  });

  test.each([
    ['author:me', 'author:me: this field needs a Sourcegraph instance; here repo:, file: and lang: work'],
    ['fork:only repo:a', 'fork:only: this field needs a Sourcegraph instance; here repo:, file: and lang: work'],
    ['repo:a OR repo:b', 'OR: operators need a Sourcegraph instance; here all parts of a query must match'],
    ['fmt.Println file:go', 'fmt.Println: the contents of files are not searched here; use repo: and file:'],
    [
      'repo:has.path(x)',
      'repo:has.path(x): predicates need a Sourcegraph instance; here repo: takes a regular expression',
    ],
    [
      'repo:^a$@dev',
      'repo:^a$@dev: revisions are not searched; name the branch in an entry with repository: and branch:',
    ],
    ['lang:cobol', 'lang:cobol: this language is not known here; use file: with its extension'],
    ['file:(', 'file:(: not a regular expression'],
    ['count:all', 'the query names no repository and no file: use repo: and file:'],
  ])('%s is refused by name', (query, message) => {
    expect(placesOf(`on: [{repositoriesMatchingQuery: ${JSON.stringify(query)}}]`)).toBe(
      `resolving ${JSON.stringify(query)}: ${message}`,
    );
  });
});

describe('workspaces', () => {
  const all = 'on: [{repositoriesMatchingQuery: "repo:acme"}]\n';

  test.each<[string, string, string[] | string]>([
    [
      'folders of a file',
      'workspaces: [{rootAtLocationOf: go.mod, in: "*/a"}]',
      ['a@main:', 'a@main:svc/x', 'b@main:'],
    ],
    ['a repository without the file has none', 'workspaces: [{rootAtLocationOf: package.json}]', ['b@main:web']],
    [
      'a repository in two entries',
      'workspaces: [{rootAtLocationOf: go.mod}, {rootAtLocationOf: package.json, in: "*/a"}]',
      'repository github.com/acme/a matches multiple workspaces.in globs in the batch spec. glob: "*/a"',
    ],
    [
      'a bad glob',
      'workspaces: [{rootAtLocationOf: go.mod, in: "["}]',
      'failed to compile glob "[": unexpected end of input',
    ],
  ])('%s', (_name, yaml, places) => {
    expect(placesOf(all + yaml)).toEqual(places);
  });

  test('only folders are fetched alone, and ignored repositories are marked', () => {
    const yaml = `${all}workspaces: [{rootAtLocationOf: go.mod, in: "*/a", onlyFetchWorkspace: true}]`;
    const expanded = expandWorkspaces(specOf(yaml), REPOSITORIES, filesAt);
    expect(expanded).toMatchObject({
      workspaces: [
        { path: '', onlyFetchWorkspace: false, ignored: false },
        { path: 'svc/x', onlyFetchWorkspace: true, ignored: false },
        { repository: { name: 'github.com/acme/b' }, ignored: true },
      ],
    });
  });

  test('five thousand in under two seconds', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => repository(`github.com/acme/r${index}`, { main: 'a1' }));
    const steps = 'steps: [{run: x, container: c, if: "${{ matches repository.name \\"*7\\" }}"}]\n';
    const spec = specOf(
      `${all}${steps}workspaces: [{rootAtLocationOf: README.md, in: "github.com/acme/*"}]\nchangesetTemplate: {title: T, branch: b, commit: {message: M}}`,
    );
    const started = performance.now();
    const expanded = expandWorkspaces(spec, many, filesAt);
    if (expanded.kind === 'error') throw new Error(expanded.message);
    const inputs = expanded.workspaces.map((workspace) => executionInput(spec, workspace));
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(inputs.filter((input) => input.kind === 'input' && input.input.skippedSteps?.size === 0)).toHaveLength(500);
  });
});

describe('input of a job', () => {
  const steps = (condition: string): string =>
    `steps: [{run: x, container: c, if: '${condition}'}, {run: y, container: c}]\nchangesetTemplate: {title: T, branch: b, commit: {message: M}}`;
  const workspace: Workspace = {
    repository: REPOSITORIES[1] ?? repository('', {}),
    branch: 'dev',
    commit: 'a2',
    fileMatches: ['README.md'],
    path: 'svc',
    onlyFetchWorkspace: true,
    ignored: false,
  };

  test('names the workspace, and skips what is surely not run', () => {
    const spec = specOf(steps('${{ eq repository.name "other" }}'));
    expect(executionInput(spec, workspace)).toMatchObject({
      kind: 'input',
      input: {
        batchChangeAttributes: { name: 'n', description: 'd' },
        repository: { id: 'id of github.com/acme/a', name: 'github.com/acme/a' },
        branch: { name: 'dev', target: { oid: 'a2' } },
        path: 'svc',
        onlyFetchWorkspace: true,
        searchResultPaths: ['README.md'],
        skippedSteps: new Set([0]),
      },
    });
  });

  test('a condition that cannot be parsed is an error', () => {
    expect(executionInput(specOf(steps('${{ nope }}')), workspace)).toMatchObject({ kind: 'error' });
  });
});
