// The end of a run: the diffs, one line a workspace, and where everything is; with --out, a patch a changeset and
// results.json.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BranchChangesetSpec } from '#batches/changesets/changeset-spec.ts';
import { changesetSpecJson } from '#batches/changesets/changeset-spec.ts';
import { decodeText } from '#batches/go/text.ts';
import type { WorkspaceOutcome } from '#local/sandbox/workspace-outcome.ts';

export interface WorkspaceReport {
  readonly repository: string;
  /** Empty: the repository's root. */
  readonly path: string;
  readonly label: string;
  readonly outcome: WorkspaceOutcome;
  /** Every step's result was found in the cache. */
  readonly cached: boolean;
  /** Milliseconds from dequeue to mark; absent when nothing ran. */
  readonly durationMs?: number;
}

export function reportText(reports: readonly WorkspaceReport[]): string {
  const diffs = reports.flatMap(({ label, outcome }) =>
    outcome.kind === 'completed'
      ? outcome.changesets.map((changeset) => diffOf(`${label}: ${branchOf(changeset)}`, changeset))
      : [],
  );
  return [...diffs, ...reports.map(lineOf)].join('\n');
}

const HEADING_WIDTH = 80;

/** One diff looks like another: each says whose it is. */
function diffOf(heading: string, { commit }: BranchChangesetSpec): string {
  const line = `── ${heading} `.padEnd(HEADING_WIDTH, '─');
  return `${line}\n${printable(decodeText(commit.diff)).trimEnd()}\n`;
}

function lineOf(report: WorkspaceReport): string {
  const { outcome } = report;
  const how = report.cached
    ? 'cached'
    : report.durationMs === undefined
      ? ''
      : `${(report.durationMs / 1000).toFixed(1)} s`;
  if (outcome.kind === 'failed') return `✖ ${report.label}: ${printable(outcome.message).split('\n').join('\n    ')}`;
  if (outcome.changesets.length === 0) return `✔ ${report.label}: no changes (${how})`;
  const branches = outcome.changesets.map((changeset) => `${branchOf(changeset)} (${filesOf(changeset)})`);
  return `✔ ${report.label}: ${branches.join(', ')} (${how})`;
}

const branchOf = (changeset: BranchChangesetSpec): string => changeset.headRef.replace(/^refs\/heads\//, '');

function filesOf(changeset: BranchChangesetSpec): string {
  const files = decodeText(changeset.commit.diff)
    .split('\n')
    .filter((line) => line.startsWith('diff --git ')).length;
  return files === 1 ? '1 file' : `${files} files`;
}

/** Writes a patch a changeset and results.json; answers the paths of the patches. */
export async function writeResults(
  folder: string,
  reports: readonly WorkspaceReport[],
  engine: string,
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const patches: string[] = [];
  const workspaces = [];
  for (const report of reports) {
    const { outcome } = report;
    const changesets = [];
    for (const changeset of outcome.kind === 'completed' ? outcome.changesets : []) {
      const file = uniqueName(patches, `${safe(report.label)}.${safe(branchOf(changeset))}`);
      patches.push(file);
      await writeFile(path.join(folder, file), changeset.commit.diff);
      changesets.push({ patch: file, spec: JSON.parse(changesetSpecJson(changeset)) as unknown });
    }
    workspaces.push({
      repository: report.repository,
      path: report.path,
      state: outcome.kind,
      cached: report.cached,
      ...(report.durationMs === undefined ? {} : { durationMs: report.durationMs }),
      ...(outcome.kind === 'failed' ? { errorMessage: outcome.message } : { changesets }),
    });
  }
  await writeFile(path.join(folder, 'results.json'), `${JSON.stringify({ engine, workspaces }, null, 2)}\n`);
  return patches;
}

const safe = (name: string): string => name.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^\.+/, '_');

function uniqueName(taken: readonly string[], name: string): string {
  for (let n = 1; ; n++) {
    const file = n === 1 ? `${name}.patch` : `${name}.${n}.patch`;
    if (!taken.includes(file)) return file;
  }
}

/** What a step wrote is not trusted with the terminal. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ud800-\udfff]/gu, '\ufffd');
}
