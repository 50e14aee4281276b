// A file of a diff as go-diff v0.7.0 writes it again (PrintFileDiff): what a branch of `transformChanges` gets. Not the bytes
// that were read: carriage returns at line ends are gone, counts of one are written out, and quoted names lose their quotes.
import { encodeText } from '../go/text.ts';
import { trimSpace } from '../go/unicode.ts';
import { LineReader, textOfBytes } from './line-reader.ts';
import type { DiffFile } from './parse.ts';

const HUNK = '@@ ';
const HUNK_HEADER = /^@@ -([^ ,]*)(?:,([^ ]*))? \+([^ ,]*)(?:,([^ ]*))? @@(?: ([^]*))?$/;
const NO_NEWLINE = Buffer.from('\\ No newline at end of file');
const MINUS = 0x2d;

/** `diff` is the whole diff that `file` is of. */
export function printFile(diff: Uint8Array, file: DiffFile): Buffer {
  const headers = file.headers.map((header) => `${header}\n`).join('');
  if (file.new === '') return Buffer.from(headers + onlyIn(file.orig), 'latin1');
  if (file.hunks === null) return Buffer.from(headers, 'latin1');
  const names = `--- ${file.orig}${afterTab(file.origTime)}\n+++ ${file.new}${afterTab(file.newTime)}\n`;
  const hunks = printHunks(diff.subarray(file.hunks.start, file.hunks.end));
  return Buffer.concat([Buffer.from(headers + names, 'latin1'), ...hunks]);
}

function afterTab(time: string): string {
  return time === '' ? '' : `\t${time}`;
}

/** filepath.Dir and filepath.Base, of a name that git wrote. A file whose headers gave no name at all is "." there. */
function onlyIn(path: string): string {
  const slash = path.lastIndexOf('/');
  const folder = slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash);
  return `Only in ${folder}: ${path.slice(slash + 1) || '.'}\n`;
}

function printHunks(bytes: Uint8Array): Buffer[] {
  const reader = new LineReader(bytes);
  const printed: Buffer[] = [];
  let body: HunkBody | null = null;
  for (let line = reader.read(); line !== null; line = reader.read()) {
    if (reader.startsWith(line, HUNK)) {
      if (body !== null) printed.push(body.print());
      printed.push(Buffer.from(normalizedHeader(reader.byteString(line)), 'latin1'));
      body = new HunkBody();
    } else {
      body?.add(bytes.subarray(line.start, line.end));
    }
  }
  if (body !== null) printed.push(body.print());
  return printed;
}

/** The parser has checked the header. */
function normalizedHeader(header: string): string {
  const [, from = '', fromLines = '1', to = '', toLines = '1', section = ''] = HUNK_HEADER.exec(header) ?? [];
  const numbers = `-${Number(from)},${Number(fromLines)} +${Number(to)},${Number(toLines)}`;
  const trimmed = Buffer.from(encodeText(trimSpace(textOfBytes(section)))).toString('latin1');
  return `@@ ${numbers} @@${trimmed === '' ? '' : ` ${trimmed}`}\n`;
}

const NEWLINE = Buffer.from('\n');
const NO_NEWLINE_LINE = Buffer.concat([NO_NEWLINE, NEWLINE]);

/** The lines of one hunk. Of the marks for a missing newline, the one for the old file and the last one for the new count. */
class HunkBody {
  #parts: Uint8Array[] = [];
  /** How many of `parts` stand before the mark for the old file; 0 is no mark, as in go-diff. */
  #oldMarkAt = 0;
  #lastIsOld = true;

  add(bytes: Uint8Array): void {
    if (NO_NEWLINE.equals(bytes)) {
      if (this.#lastIsOld) this.#oldMarkAt = this.#parts.length;
      else this.#dropLastByte();
      return;
    }
    if (bytes.length > 0) this.#lastIsOld = bytes[0] === MINUS;
    if (bytes.length > 0) this.#parts.push(bytes);
    this.#parts.push(NEWLINE);
  }

  print(): Buffer {
    const parts = [...this.#parts];
    if (this.#oldMarkAt > 0) parts.splice(this.#oldMarkAt, 0, NO_NEWLINE_LINE);
    if (!this.#endsWithNewline()) parts.push(NEWLINE, NO_NEWLINE_LINE);
    return Buffer.concat(parts);
  }

  /** The newline of the line before; a second mark in a row takes more than that. */
  #dropLastByte(): void {
    const last = this.#parts.pop();
    if (last !== undefined && last.length > 1) this.#parts.push(last.subarray(0, -1));
  }

  #endsWithNewline(): boolean {
    return this.#parts.at(-1) === NEWLINE;
  }
}
