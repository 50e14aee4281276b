// Texts that are made to cost time and memory, and what each of them must end in.
import { changesInDiff } from '#batches/diff/changed-files.ts';
import { globMatches } from '#batches/glob/index.ts';
import { encodeText } from '#batches/go/text.ts';
import { parseExecutionInput } from '#batches/input.ts';
import { parseBatchSpec } from '#batches/spec/parse.ts';
import { decodeYaml } from '#batches/yaml/index.ts';
import { rendered } from '../template/context.ts';

export interface BadInput {
  readonly name: string;
  /** What comes out as a text: an error's message, or a short word for what was read. */
  readonly run: () => string;
  readonly expected: RegExp;
}

const MEGABYTE = 1_000_000;
const filled = (text: string, length: number): string => text.repeat(Math.ceil(length / text.length));

function yaml(text: string): string {
  const outcome = decodeYaml(text);
  return outcome.kind === 'error' ? outcome.message : 'read';
}

function spec(text: string): string {
  const parsed = parseBatchSpec(text);
  return parsed.kind === 'invalid' ? parsed.message : 'read';
}

function glob(pattern: string, text: string): string {
  const outcome = globMatches(pattern, text);
  return outcome.kind === 'error' ? outcome.message : String(outcome.value);
}

function diff(text: string): string {
  const outcome = changesInDiff(encodeText(text));
  return outcome.kind === 'error' ? outcome.message : `${outcome.changedFiles.modified?.length ?? 0} modified`;
}

const laughs = Array.from({ length: 12 }, (_, level) => {
  const before = level === 0 ? 'ha' : `*a${level - 1}`;
  return `a${level}: &a${level} [${Array(9).fill(before).join(', ')}]`;
}).join('\n');

export const BAD_INPUTS: readonly BadInput[] = [
  {
    name: 'a million parentheses',
    run: () => rendered(`\${{ ${'('.repeat(MEGABYTE)}1${')'.repeat(MEGABYTE)} }}`),
    expected: /max expression depth exceeded/,
  },
  {
    name: 'a hundred thousand open blocks',
    run: () => rendered('${{ if true }}'.repeat(100_000)),
    expected: /unexpected EOF$/,
  },
  {
    name: 'a template of 10 MB of text',
    run: () => String(rendered(filled('text ', 10 * MEGABYTE)).length),
    expected: /^1000000[0-9]$/,
  },
  {
    name: 'a template of 10 MB of actions',
    run: () => String(rendered(filled('${{ if true }}x${{ end }}', 10 * MEGABYTE)).length),
    expected: /^400000$/,
  },
  {
    name: 'one string constant of 10 MB',
    run: () => String(rendered(`\${{ "${filled('x', 10 * MEGABYTE)}" }}`).length),
    expected: /^10000000$/,
  },
  {
    name: 'a template that invokes itself',
    run: () => rendered('${{ define "x" }}a${{ template "x" . }}${{ end }}${{ template "x" . }}'),
    expected: /exceeded maximum template depth \(100000\)$/,
  },
  {
    name: 'two templates that invoke each other twice',
    run: () =>
      rendered(
        '${{ define "x" }}${{ template "y" }}${{ template "y" }}${{ end }}${{ define "y" }}${{ template "x" }}${{ end }}${{ template "x" }}',
      ),
    expected: /exceeded maximum template depth/,
  },
  {
    name: 'the widest printf again and again',
    run: () => rendered('${{ range 100000 }}${{ printf "%1000000d" 1 }}${{ end }}'),
    expected: /exceeded maximum output length/,
  },
  {
    name: 'the most precise float again and again',
    run: () => rendered('${{ range 100000 }}${{ $x := printf "%1000000.1000000f" 1.5 }}${{ end }}'),
    expected: /exceeded maximum work/,
  },
  {
    name: 'stars and questions',
    run: () => glob('*?'.repeat(30) + 'b', 'a'.repeat(5_000)),
    expected: /^false$|needs too much time/,
  },
  {
    name: 'alternatives in alternatives',
    run: () => glob('{a*,{b*,{c*,d*}}}'.repeat(30) + 'e', 'abcd'.repeat(500)),
    expected: /^false$|needs too much time/,
  },
  {
    name: 'a pattern of 1 MB',
    run: () => glob(filled('[a-z]*', MEGABYTE), 'a'.repeat(1_000)),
    expected: /needs too much time|false/,
  },
  { name: 'a billion laughs', run: () => yaml(laughs), expected: /excessive aliasing/ },
  { name: 'a billion laughs as a batch spec', run: () => spec(`${laughs}\nname: x\n`), expected: /excessive aliasing/ },
  { name: 'a million open brackets', run: () => yaml('['.repeat(MEGABYTE)), expected: /exceeded max depth/ },
  {
    name: 'a million open brackets of JSON',
    run: () => readInput('['.repeat(MEGABYTE)),
    expected: /exceeded max depth/,
  },
  { name: 'an integer of a million digits', run: () => yaml('9'.repeat(MEGABYTE)), expected: /^read$/ },
  {
    name: 'a diff of a million files without a name',
    run: () => diff('diff --git\n'.repeat(MEGABYTE)),
    expected: /modified$/,
  },
  {
    name: 'a million headers that lead nowhere',
    run: () => diff(`diff --git a b\n${'rename from a\n'.repeat(MEGABYTE)}--- a\n`),
    expected: /modified$/,
  },
  {
    name: 'a hunk header of 10 MB',
    run: () => String(diff(`--- a\n+++ b\n@@ -${'1'.repeat(10 * MEGABYTE)} +1 @@\n`).length > 0),
    expected: /^true$/,
  },
  {
    name: 'a diff of 10 MB in one line',
    run: () => diff(`diff --git a a\n--- a\n+++ a\n@@ -1 +1 @@\n-${'x'.repeat(10 * MEGABYTE)}`),
    expected: /^1 modified$/,
  },
];

function readInput(text: string): string {
  const read = parseExecutionInput(text);
  return read.kind === 'error' ? read.message : 'read';
}
