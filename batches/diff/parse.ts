// The files of a git diff as go-diff v0.7.0 finds them (ParseMultiFileDiff): two names each. Its reader goes on in odd
// ways where headers are missing, and templates see the result, so its steps are kept.
import { placeText, readExtendedHeaders, readFileHeaders, type Position } from './file-headers.ts';
import { namesFromHeaders, type FileHeaders } from './file-names.ts';
import { checkHunkHeader } from './hunk-header.ts';
import { LineReader, type Line } from './line-reader.ts';

export interface DiffFile extends FileHeaders {
  /** Lines before the ---/+++ lines, whatever they are; byte strings. */
  readonly headers: readonly string[];
  /** The bytes from the first hunk's header to the end of the last hunk; null where there is none. */
  readonly hunks: { readonly start: number; readonly end: number } | null;
}

const HUNK = '@@ ';
const NO_TIMES = { origTime: '', newTime: '' };
/** First bytes of the lines of a hunk; -1 for an empty line. */
const [EMPTY, SPACE, PLUS, MINUS, BACKSLASH] = [-1, 0x20, 0x2b, 0x2d, 0x5c];

/** Names are byte strings. Throws DiffError. */
export function parseDiff(diff: Uint8Array): DiffFile[] {
  const parser = new DiffParser(diff);
  const files: DiffFile[] = [];
  for (let file = parser.readFile(); file !== null; file = parser.readFile()) files.push(file);
  return files;
}

class DiffParser {
  readonly #reader: LineReader;
  /** A line that had to be read to see that the file before it has ended. */
  #pushedBack: Line | null = null;
  /** Only files with hunks move it on. */
  #position: Position = { line: 0, character: 0 };

  constructor(diff: Uint8Array) {
    this.#reader = new LineReader(diff);
  }

  /** null at the end, or where what is left is no file. */
  readFile(): DiffFile | null {
    const position = { ...this.#position };
    const first = this.#pushedBack;
    this.#pushedBack = null;
    const headers = readExtendedHeaders(this.#reader, first, position);
    if (headers.kind === 'next-file') {
      this.#pushedBack = headers.line;
      return { ...namesFromHeaders(headers.headers), ...NO_TIMES, headers: headers.headers, hunks: null };
    }
    if (headers.kind === 'end') {
      const names = namesFromHeaders(headers.headers);
      return names.complete ? { ...names, ...NO_TIMES, headers: headers.headers, hunks: null } : null;
    }
    const names = readFileHeaders(this.#reader, headers.line, position);
    if (names === null) return null;
    return { ...names, headers: headers.headers, hunks: names.new === '' ? null : this.#skipHunks(position) };
  }

  #skipHunks(position: Position): DiffFile['hunks'] {
    const line = this.#reader.read();
    if (line === null || !this.#reader.startsWith(line, HUNK)) {
      this.#pushedBack = line;
      return null;
    }
    this.#position = position;
    this.#pushedBack = skipHunkLines(this.#reader, line, { ...position });
    return { start: line.start, end: this.#pushedBack?.start ?? this.#reader.length };
  }
}

/** Reads hunks from the header `first` on; answers the first line that is none of theirs. Throws DiffError. */
function skipHunkLines(reader: LineReader, first: Line, position: Position): Line | null {
  for (let line: Line | null = first; line !== null; line = reader.read()) {
    position.line += 1;
    position.character += line.end - line.start;
    switch (reader.firstByte(line)) {
      case EMPTY:
      case SPACE:
      case PLUS:
      case BACKSLASH:
        break;
      case MINUS: {
        // A deleted line may start with `--` too; with the next two lines it is the header of another file.
        const isFileHeader =
          reader.startsWith(line, '---') && reader.nextStartsWith('+++') && reader.nextButOneStartsWith(HUNK);
        if (isFileHeader) return line;
        break;
      }
      default:
        if (!reader.startsWith(line, HUNK)) return line;
        checkHunkHeader(reader.byteString(line), placeText(position));
    }
  }
  return null;
}
