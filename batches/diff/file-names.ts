// The two file names of a `diff --git` line and what the extended headers say of them, for files whose diff has no ---/+++
// lines: go-diff v0.7.0's guesses, with its mistakes. All texts here are byte strings (see ./line-reader.ts).
import { encodeText } from '../go/text.ts';
import { unquote } from '../go/quote.ts';
import { DiffError } from './error.ts';
import { textOfBytes } from './line-reader.ts';

export interface FileNames {
  readonly orig: string;
  readonly new: string;
}

/** What the ---/+++ lines say; a time is as go-diff prints it, or empty where there is none. git writes none. */
export interface FileHeaders extends FileNames {
  readonly origTime: string;
  readonly newTime: string;
}

export const NO_FILE = '/dev/null';
const GIT_PREFIX = 'diff --git ';

export interface HeaderNames extends FileNames {
  /** Whether the headers are those of a complete file without hunks. */
  readonly complete: boolean;
}

/** The names of a file without ---/+++ lines (go-diff's handleEmpty); empty where the headers do not tell. */
export function namesFromHeaders(headers: readonly string[]): HeaderNames {
  const [first] = headers;
  const kind = new HeaderKind(headers);
  if (first === undefined || !first.startsWith(GIT_PREFIX) || !kind.isKnown) {
    return { orig: '', new: '', complete: false };
  }
  const gitArguments = first.slice(GIT_PREFIX.length);
  const parsed = parseGitArguments(gitArguments);
  const names = { orig: parsed?.orig ?? '', new: parsed?.new ?? '' };
  if (kind.isNew) names.orig = NO_FILE;
  if (kind.isDeleted) names.new = NO_FILE;
  const isMove = kind.isCopy || kind.isRename;
  if (parsed !== null && isMove && names.orig === '' && names.new === '') {
    reconstruct(names, headers, gitArguments);
  }
  return { ...names, complete: parsed !== null };
}

/** What happened to a file, told by how many extended headers there are and how they start. */
class HeaderKind {
  readonly isCopy: boolean;
  readonly isRename: boolean;
  readonly isNew: boolean;
  readonly isDeleted: boolean;
  readonly isKnown: boolean;

  constructor(headers: readonly string[]) {
    const count = headers.length;
    const at = (index: number, prefix: string): boolean => headers[index]?.startsWith(prefix) ?? false;
    const moved = (what: 'copy' | 'rename'): boolean => {
      const fromTo = (index: number): boolean => at(index, `${what} from `) && at(index + 1, `${what} to `);
      return (
        (count === 4 && fromTo(2)) ||
        (count === 5 && what === 'rename' && fromTo(2) && at(4, 'Binary files ')) ||
        (count === 6 && fromTo(2) && at(5, 'Binary files ')) ||
        (count === 6 && at(1, 'old mode ') && at(2, 'new mode ') && fromTo(4))
      );
    };
    const withoutHunks =
      count === 3 || (count === 4 && at(3, 'Binary files ')) || (count > 4 && at(3, 'GIT binary patch'));
    const isModeChange = count === 3 && at(1, 'old mode ') && at(2, 'new mode ');
    const isBinary = (count === 3 && at(2, 'Binary files ')) || (count > 3 && at(2, 'GIT binary patch'));
    this.isCopy = moved('copy');
    this.isRename = moved('rename');
    this.isNew = withoutHunks && at(1, 'new file mode ');
    this.isDeleted = withoutHunks && at(1, 'deleted file mode ');
    this.isKnown = isModeChange || isBinary || this.isCopy || this.isRename || this.isNew || this.isDeleted;
  }
}

/** null is a syntax error; two empty names mean that unquoted names with spaces could not be told apart. */
function parseGitArguments(text: string): FileNames | null {
  if (text.length < 3) return null;
  if (!text.startsWith('"') && !text.endsWith('"')) return parseUnquoted(text);
  if (text.startsWith('"')) {
    const first = readQuoted(text);
    if (first === null || first.rest.length < 2 || !first.rest.startsWith(' ')) return null;
    const remainder = first.rest.slice(1);
    if (!remainder.startsWith('"')) return { orig: first.value, new: remainder };
    const second = readQuoted(remainder);
    return second === null || second.rest !== '' ? null : { orig: first.value, new: second.value };
  }
  const mark = text.indexOf('"');
  if (mark + 2 >= text.length || text[mark - 1] !== ' ') return null;
  const second = readQuoted(text.slice(mark));
  return second === null || second.rest !== '' ? null : { orig: text.slice(0, mark - 1), new: second.value };
}

function parseUnquoted(text: string): FileNames | null {
  const space = text.indexOf(' ');
  if (space <= 0 || space === text.length - 1) return null;
  if (!text.includes(' ', space + 1)) {
    return text[space + 1] === '"' ? null : { orig: text.slice(0, space), new: text.slice(space + 1) };
  }
  // More than one space: only two equal names (but for a/ and b/) can be told apart, by their length.
  const half = Math.floor(text.length / 2);
  const first = text.slice(0, half);
  const second = text.slice(half + 1);
  if (text.length % 2 === 1) {
    if (first.length >= 3 && first[1] === '/' && first.slice(1) === second.slice(1)) {
      return { orig: first, new: second };
    }
    if (first.length < 2) throw new DiffError('runtime error: slice bounds out of range [:2] with length 1');
    if (!(first.startsWith('a/') && second.startsWith('b/')) && first === second) {
      return { orig: first, new: second };
    }
  }
  return { orig: '', new: '' };
}

/** A name in double quotes at the start of `text`, and what follows it. */
function readQuoted(text: string): { readonly value: string; readonly rest: string } | null {
  let backslashes = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"' && i > 0 && backslashes % 2 === 0) {
      const value = unquoteBytes(text.slice(0, i + 1));
      return value === null ? null : { value, rest: text.slice(i + 1) };
    }
    backslashes = char === '\\' ? backslashes + 1 : 0;
  }
  return null;
}

/** strconv.Unquote for byte strings. */
export function unquoteBytes(literal: string): string | null {
  const value = unquote(textOfBytes(literal));
  return value === null ? null : Buffer.from(encodeText(value)).toString('latin1');
}

/** Takes the names from the copy and rename headers, with the letter of the `diff --git` line's prefix before them. */
function reconstruct(names: { orig: string; new: string }, headers: readonly string[], gitArguments: string): void {
  const withPrefix = (name: string, at: number): string | null =>
    at < 0 || gitArguments[at + 1] !== '/' ? null : gitArguments.slice(at, at + 2) + name;
  for (const header of headers) {
    const from = /^(?:copy|rename) from /.exec(header)?.[0];
    if (from !== undefined) names.orig = withPrefix(header.slice(from.length), 0) ?? names.orig;
    const to = /^(?:copy|rename) to /.exec(header)?.[0];
    if (to === undefined) continue;
    const name = header.slice(to.length);
    names.new = withPrefix(name, gitArguments.length - name.length - 2) ?? names.new;
  }
}
