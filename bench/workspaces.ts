// From a batch spec to its workspaces and their input files, for an instance with many repositories.
import { parseBatchSpec } from '#batches/spec/parse.ts';
import { executionInput, expandWorkspaces } from '#batches/workspaces.ts';
import { cpuMilliseconds, type Measure, within } from './measure.ts';

const REPOSITORIES = 1_000;
const WORKSPACES_EACH = 5;
const MS_MAX = 2_000;

const SPEC = `name: bench
description: Many workspaces
on: [{repositoriesMatchingQuery: "file:package.json"}]
workspaces: [{rootAtLocationOf: package.json, in: "*"}]
steps:
  - {run: echo hello, container: "alpine:3", if: "\${{ matches repository.name \\"*repository-1*\\" }}"}
  - {run: echo world, container: "alpine:3"}
changesetTemplate: {title: t, body: b, branch: br, commit: {message: m}, published: false}
`;

export function workspaces(): readonly Measure[] {
  const parsed = parseBatchSpec(SPEC);
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  const { spec } = parsed;
  const files = Array.from({ length: WORKSPACES_EACH }, (_, index) => [
    `p${index}/package.json`,
    `p${index}/a.ts`,
  ]).flat();
  const repositories = Array.from({ length: REPOSITORIES }, (_, index) => ({
    id: String(index),
    name: `github.com/example/repository-${index}`,
    defaultBranch: 'main',
    commit: `commit-${index}`,
    branches: { main: `commit-${index}` },
  }));
  const startedAt = cpuMilliseconds();
  const expanded = expandWorkspaces(spec, repositories, () => files);
  if (expanded.kind === 'error') throw new Error(expanded.message);
  for (const workspace of expanded.workspaces) {
    const made = executionInput(spec, workspace);
    if (made.kind === 'error') throw new Error(made.message);
  }
  const ms = cpuMilliseconds() - startedAt;
  return [within(`${expanded.workspaces.length} workspaces and their inputs`, ms, MS_MAX)];
}
