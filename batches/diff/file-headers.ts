// The headers before a file's hunks: git's extended ones, and the ---/+++ lines with their names and times.
import { formatTime } from '../go/time-format.ts';
import { DATE_TIME, DATE_TIME_ZONE, parseTime } from '../go/time-parse.ts';
import { encodeText } from '../go/text.ts';
import { trimSpace } from '../go/unicode.ts';
import { DiffError } from './error.ts';
import { unquoteBytes, type FileHeaders } from './file-names.ts';
import { textOfBytes, type Line, type LineReader } from './line-reader.ts';

const ONLY_IN = 'Only in ';
/** diffTimeFormatLayout of go-diff. */
const PRINTED_TIME = '2006-01-02 15:04:05.000000000 -0700';

/** How many header lines and bytes were read: go-diff's idea of a place, for its error texts. */
export interface Position {
  line: number;
  character: number;
}

export function placeText({ line, character }: Position): string {
  return `line ${line}, char ${character}: `;
}

export type ExtendedHeaders =
  /** `line` is the --- line, or an `Only in` line. */
  | { readonly kind: 'file-header'; readonly line: Line; readonly headers: readonly string[] }
  /** `line` is the `diff --git` line of the next file. */
  | { readonly kind: 'next-file'; readonly line: Line; readonly headers: readonly string[] }
  | { readonly kind: 'end'; readonly headers: readonly string[] };

/** Anything up to the file header counts as an extended header. `first`: a line that was read before. */
export function readExtendedHeaders(reader: LineReader, first: Line | null, position: Position): ExtendedHeaders {
  const headers: string[] = [];
  let seenGitLine = false;
  for (let line = first ?? reader.read(); line !== null; line = reader.read()) {
    if (reader.startsWith(line, 'diff --git ')) {
      if (seenGitLine) return { kind: 'next-file', line, headers };
      seenGitLine = true;
    }
    if (reader.startsWith(line, '--- ') || onlyIn(reader, line) !== null) return { kind: 'file-header', line, headers };
    count(line, position);
    headers.push(reader.byteString(line));
  }
  return { kind: 'end', headers };
}

/** The names and times of the ---/+++ lines, or null when the diff ends between them. Throws DiffError. */
export function readFileHeaders(reader: LineReader, line: Line, position: Position): FileHeaders | null {
  const only = onlyIn(reader, line);
  if (only !== null) return { orig: only, new: '', origTime: '', newTime: '' };
  const orig = readFileHeader(reader, line, '--- ', position);
  const next = reader.read();
  if (next === null) return null;
  const changed = readFileHeader(reader, next, '+++ ', position);
  return {
    orig: unquoteBytes(orig.name) ?? orig.name,
    new: unquoteBytes(changed.name) ?? changed.name,
    origTime: orig.time,
    newTime: changed.time,
  };
}

function readFileHeader(
  reader: LineReader,
  line: Line,
  prefix: string,
  position: Position,
): { readonly name: string; readonly time: string } {
  if (!reader.startsWith(line, prefix)) throw new DiffError(`${placeText(position)}bad file header`);
  count(line, position);
  const text = trimSpace(textOfBytes(reader.byteString(line).slice(prefix.length)));
  const tab = text.indexOf('\t');
  const name = tab === -1 ? text : text.slice(0, tab);
  return {
    name: Buffer.from(encodeText(name)).toString('latin1'),
    time: tab === -1 ? '' : printedTime(text.slice(tab + 1)),
  };
}

function printedTime(text: string): string {
  const withZone = parseTime(DATE_TIME_ZONE, text);
  const parsed = withZone.kind === 'error' ? parseTime(DATE_TIME, text) : withZone;
  if (parsed.kind !== 'error') return formatTime(parsed.time, PRINTED_TIME);
  throw new DiffError(withZone.kind === 'error' ? withZone.message : parsed.message);
}

/** The path of an `Only in FOLDER: NAME` line, or null when it is none. */
function onlyIn(reader: LineReader, line: Line): string | null {
  if (!reader.startsWith(line, ONLY_IN)) return null;
  const text = reader.byteString(line).slice(ONLY_IN.length);
  const colon = text.indexOf(': ');
  return colon === -1 ? null : joinPath(text.slice(0, colon), text.slice(colon + 2));
}

/** filepath.Join of two elements. */
function joinPath(folder: string, name: string): string {
  const joined = [folder, name].filter((part) => part !== '').join('/');
  if (joined === '') return '';
  const rooted = joined.startsWith('/');
  const parts: string[] = [];
  for (const part of joined.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!rooted) parts.push(part);
  }
  const clean = parts.join('/');
  return rooted ? `/${clean}` : clean === '' ? '.' : clean;
}

function count(line: Line, position: Position): void {
  position.line += 1;
  position.character += line.end - line.start;
}
