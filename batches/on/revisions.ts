// `on` of a batch spec: the repositories and branches that it is run over, out of those that there are. Later entries replace
// what earlier ones said of a repository, but a query never replaces what a `repository` entry said (lib/batches/on of
// Sourcegraph).
import { errorsText } from '../errors-text.ts';
import { quote } from '../go/quote.ts';
import { sortedTexts } from '../go/text-bytes.ts';
import type { OnEntry } from '../spec/types.ts';
import { parseQuery } from './query.ts';

/** A repository as far as a batch spec can see it. */
export interface AvailableRepository {
  /** GraphQL ID on an instance. */
  readonly id: string;
  readonly name: string;
  /** Without `refs/heads/`. */
  readonly defaultBranch: string;
  /** The default branch's. */
  readonly commit: string;
  /** Commits by branch. */
  readonly branches: Readonly<Record<string, string>>;
}

/** Paths of all files of a commit, in any order. */
export type FilesAt = (repository: AvailableRepository, commit: string) => readonly string[];

export interface RepositoryRevision {
  readonly repository: AvailableRepository;
  readonly branch: string;
  readonly commit: string;
  /** Paths that the query found, sorted; none for a `repository` entry. */
  readonly fileMatches: readonly string[];
}

export type ResolvedOn =
  | { readonly kind: 'revisions'; readonly revisions: readonly RepositoryRevision[] }
  | { readonly kind: 'error'; readonly message: string };

type Resolved = { readonly revisions: readonly RepositoryRevision[] } | { readonly error: string };

export function resolveOn(
  entries: readonly OnEntry[],
  repositories: readonly AvailableRepository[],
  filesAt: FilesAt,
): ResolvedOn {
  const byName = new Map(repositories.map((repository) => [repository.name, repository]));
  const chosen = new Map<string, { readonly explicit: boolean; readonly revisions: RepositoryRevision[] }>();
  const problems: string[] = [];
  for (const entry of entries) {
    const explicit = entry.repositoriesMatchingQuery === '';
    const resolved = explicit
      ? resolveRepository(entry, byName)
      : resolveQuery(entry.repositoriesMatchingQuery, repositories, filesAt);
    if ('error' in resolved) {
      problems.push(`resolving ${quote(entryText(entry))}: ${resolved.error}`);
      continue;
    }
    const byRepository = Map.groupBy(resolved.revisions, (revision) => revision.repository.name);
    for (const [name, revisions] of byRepository) {
      if (!explicit && chosen.get(name)?.explicit === true) continue;
      chosen.set(name, { explicit, revisions });
    }
  }
  if (problems.length > 0) return { kind: 'error', message: errorsText(problems) };
  return { kind: 'revisions', revisions: [...chosen.values()].flatMap(({ revisions }) => revisions) };
}

function resolveRepository(entry: OnEntry, byName: ReadonlyMap<string, AvailableRepository>): Resolved {
  if (entry.branch !== '' && entry.branches !== null && entry.branches.length > 0) {
    return { error: 'both branch and branches specified' };
  }
  if (entry.repository === '') {
    return { error: "malformed 'on' field; missing either a repository name or a query" };
  }
  const repository = byName.get(entry.repository);
  if (repository === undefined) return { error: `repo not found: name=${quote(entry.repository)}` };
  const branches = entry.branch !== '' ? [entry.branch] : (entry.branches ?? []);
  if (branches.length === 0) return { revisions: [defaultRevision(repository, [])] };
  const revisions: RepositoryRevision[] = [];
  for (const branch of new Set(branches)) {
    const commit = Object.hasOwn(repository.branches, branch) ? repository.branches[branch] : undefined;
    if (commit === undefined) {
      return { error: `no branch matching ${quote(branch)} found for repository ${repository.name}` };
    }
    revisions.push({ repository, branch, commit, fileMatches: [] });
  }
  return { revisions };
}

function resolveQuery(text: string, repositories: readonly AvailableRepository[], filesAt: FilesAt): Resolved {
  const parsed = parseQuery(text);
  if (parsed.kind === 'refused') return { error: parsed.message };
  const { query } = parsed;
  const revisions: RepositoryRevision[] = [];
  for (const repository of repositories) {
    if (!query.matchesRepository(repository.name)) continue;
    const files = query.asksForFiles
      ? filesAt(repository, repository.commit).filter((path) => query.matchesFile(path))
      : [];
    if (query.asksForFiles && files.length === 0) continue;
    revisions.push(defaultRevision(repository, sortedTexts(files)));
  }
  return { revisions };
}

function defaultRevision(repository: AvailableRepository, fileMatches: readonly string[]): RepositoryRevision {
  return { repository, branch: repository.defaultBranch, commit: repository.commit, fileMatches };
}

function entryText(entry: OnEntry): string {
  return entry.repositoriesMatchingQuery !== '' ? entry.repositoriesMatchingQuery : `repository:${entry.repository}`;
}
