// `repositoriesMatchingQuery` where there is no search service: a small part of Sourcegraph's query language, over names
// of repositories and paths of files. What it cannot do it refuses by name, since a query that means less than it says would
// run steps over repositories that nobody asked for.
//   repo: r: -repo:    regular expression over repository names, all must match (-repo: none may)
//   file: f: -file:    the same over the paths of a repository's default branch; the paths that match are its search results
//   lang: l: -lang:    files of a language, by extension
//   case:yes           upper and lower case differ (else they do not)
//   count: fork: archived: type: select:repo    accepted where they change nothing here
import { languageTest } from './language-files.ts';

export interface RepositoryQuery {
  matchesRepository(name: string): boolean;
  /** Whether files are asked for at all; if so, a repository without any does not match. */
  readonly asksForFiles: boolean;
  matchesFile(path: string): boolean;
}

export type ParsedQuery =
  { readonly kind: 'query'; readonly query: RepositoryQuery } | { readonly kind: 'refused'; readonly message: string };

type Test = (text: string) => boolean;

/** Thrown while a query is read, caught by its entry. */
class Refusal extends Error {}

const FIELD = /^(-?)([a-z]+):(.*)$/is;
const LONG_NAMES: Readonly<Record<string, string>> = {
  r: 'repo',
  f: 'file',
  l: 'lang',
  language: 'lang',
  path: 'file',
};
/** Fields that restrict nothing here, with the values that may stand there. */
const WITHOUT_EFFECT: Readonly<Record<string, RegExp>> = {
  count: /^(?:\d+|all)$/i,
  // Repositories of this machine are neither forks nor archived.
  fork: /^(?:yes|no)$/i,
  archived: /^(?:yes|no)$/i,
  type: /^(?:repo|path)$/i,
  select: /^repo$/i,
  timeout: /^\w+$/,
};
const OPERATORS = /^(?:and|or|not)$/i;

export function parseQuery(text: string): ParsedQuery {
  try {
    return { kind: 'query', query: new Reading(words(text)).query() };
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', message: error.message };
    throw error;
  }
}

class Reading {
  readonly #words: readonly string[];
  readonly #repositoryTests: Test[] = [];
  readonly #fileTests: Test[] = [];
  #asksForFiles = false;

  constructor(all: readonly string[]) {
    this.#words = all;
  }

  query(): RepositoryQuery {
    const caseSensitive = this.#words.some((word) => /^case:yes$/i.test(word));
    for (const word of this.#words) this.#read(word, caseSensitive ? 'u' : 'iu');
    if (this.#repositoryTests.length === 0 && this.#fileTests.length === 0) {
      throw new Refusal('the query names no repository and no file: use repo: and file:');
    }
    const repositoryTests = this.#repositoryTests;
    const fileTests = this.#fileTests;
    return {
      matchesRepository: (name) => repositoryTests.every((test) => test(name)),
      asksForFiles: this.#asksForFiles,
      matchesFile: (path) => fileTests.every((test) => test(path)),
    };
  }

  #read(word: string, flags: string): void {
    const match = FIELD.exec(word);
    if (match === null) throw refusedWord(word);
    const [, minus = '', written = '', value = ''] = match;
    const lower = written.toLowerCase();
    const field = Object.hasOwn(LONG_NAMES, lower) ? (LONG_NAMES[lower] ?? lower) : lower;
    const negated = minus !== '';
    switch (field) {
      case 'repo':
        this.#repositoryTests.push(signed(repositoryTest(value, flags), negated));
        return;
      case 'file':
        this.#addFileTest(pattern('file', value, flags), negated);
        return;
      case 'lang': {
        const test = languageTest(value);
        if (test === null)
          throw new Refusal(`lang:${value}: this language is not known here; use file: with its extension`);
        this.#addFileTest(test, negated);
        return;
      }
      case 'case':
        if (/^(?:yes|no)$/i.test(value)) return;
        throw new Refusal(`case:${value}: must be yes or no`);
      default:
        if (!negated && Object.hasOwn(WITHOUT_EFFECT, field) && WITHOUT_EFFECT[field]?.test(value) === true) return;
        throw new Refusal(
          `${minus}${written}:${value}: this field needs a Sourcegraph instance; here repo:, file: and lang: work`,
        );
    }
  }

  #addFileTest(test: Test, negated: boolean): void {
    this.#fileTests.push(signed(test, negated));
    if (!negated) this.#asksForFiles = true;
  }
}

function refusedWord(word: string): Refusal {
  if (OPERATORS.test(word) || /[()]/.test(word)) {
    return new Refusal(`${word}: operators need a Sourcegraph instance; here all parts of a query must match`);
  }
  return new Refusal(`${word}: the contents of files are not searched here; use repo: and file:`);
}

function repositoryTest(value: string, flags: string): Test {
  if (/^(?:has|contains)[.(]/.test(value)) {
    throw new Refusal(`repo:${value}: predicates need a Sourcegraph instance; here repo: takes a regular expression`);
  }
  if (/\$@|@\*|@[\w./-]+$/.test(value)) {
    throw new Refusal(
      `repo:${value}: revisions are not searched; name the branch in an entry with repository: and branch:`,
    );
  }
  return pattern('repo', value, flags);
}

function pattern(field: string, value: string, flags: string): Test {
  let expression: RegExp;
  try {
    // Outside of the u flag's syntax, Go's regular expressions escape more than JavaScript's may: \- and \_ among them.
    expression = new RegExp(value.replace(/\\([^\w\s^$\\.*+?()[\]{}|/-])/gu, '$1').replaceAll('\\-', '\\x2d'), flags);
  } catch {
    throw new Refusal(`${field}:${value}: not a regular expression`);
  }
  return (text) => expression.test(text);
}

function signed(test: Test, negated: boolean): Test {
  return negated ? (text) => !test(text) : test;
}

/** Words between spaces; quotes hold a value with spaces together. */
function words(text: string): string[] {
  return Array.from(text.matchAll(/(?:[^\s"]|"(?:[^"\\]|\\[^])*")+|"/g), ([word]) =>
    word.replace(/"((?:[^"\\]|\\[^])*)"/g, (_whole, quoted: string) => quoted.replace(/\\(["\\])/g, '$1')),
  );
}
