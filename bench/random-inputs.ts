// A million random inputs through everything that reads text from outside: none may make a parser throw, and none may take
// long. Inputs are made of pieces of each language, so that they get past the first character. A seed makes a run again.
import { isDeepStrictEqual } from 'node:util';
import { imageReferenceProblem } from '#batches/batch-exec/image-reference.ts';
import { isStaticString } from '#batches/conditions.ts';
import { changesInDiff } from '#batches/diff/changed-files.ts';
import { parseEnvironmentYaml } from '#batches/env/yaml.ts';
import { decodeLogEvent } from '#batches/events/log-event.ts';
import { globMatches } from '#batches/glob/index.ts';
import { parseDuration } from '#batches/go/duration.ts';
import { decodeGoJson } from '#batches/go/json-decode.ts';
import { goJson } from '#batches/go/json-encode.ts';
import { encodeText } from '#batches/go/text.ts';
import { parseExecutionInput } from '#batches/input.ts';
import { parseQuery } from '#batches/on/query.ts';
import { parseBatchSpec } from '#batches/spec/parse.ts';
import { NO_STEP_RESULT } from '#batches/step-result.ts';
import type { StepContext } from '#batches/step-context.ts';
import { renderStepTemplate, TemplateError } from '#batches/template/index.ts';
import { decodeYaml } from '#batches/yaml/index.ts';
import type { Measure } from './measure.ts';

const PIECES_MAX = 24;
/** No single input may take longer; a loaded machine needs room for what it does beside. */
const INPUT_MS_MAX = 1_000;

interface Parser {
  readonly name: string;
  readonly pieces: readonly string[];
  /** Throws for a bug only. */
  readonly read: (text: string) => void;
}

const words = (text: string): string[] => text.split(' ');
const TEXT = [' ', '\n', '\t', '\r\n', '\0', 'é', '🎉', '\udcff', 'a', 'b', '1', '-', '.', '/', '\\', '"', "'", '`'];
const JSON_PIECES = [
  ...words('{ } [ ] : , 0 1.5 -1e9 true false null "" "a" "\\u00e9" "\\ud800" "steps" "run"'),
  ...TEXT,
];
const YAML_PIECES = [
  ...['a: ', '- ', '? ', '\n', '\n  ', '\n    ', '[', ']', '{', '}', ', ', '&x ', '*x', '<<: ', '!!int ', '!!set '],
  ...['---\n', '...\n', '%TAG ! x\n', '|\n', '>-\n', '# c\n', '0x1f', '2020-01-02', '.inf', '~', 'name: ', 'steps:\n'],
  ...TEXT,
];
const TEMPLATE_PIECES = [
  ...[
    '${{ ',
    ' }}',
    '${{- ',
    ' -}}',
    '${{/* ',
    ' */}}',
    ' | ',
    ' := ',
    ' = ',
    '(',
    ')',
    '$x',
    '.Step',
    '"%[2]*.[1]*v" ',
  ],
  ...words('if else with range end break continue define template block nil true and or not eq lt len index').map(
    (word) => ` ${word} `,
  ),
  ...words('slice print printf html js call join split replace matches outputs.a steps repository.name').map(
    (word) => ` ${word} `,
  ),
  ...TEXT,
];

const CONTEXT: StepContext = {
  batchChange: { name: 'n', description: 'd' },
  repository: { name: 'github.com/a/b', branch: 'main', fileMatches: ['a.go', 'b.go'] },
  outputs: new Map([['a', ['x', 1, new Map([['k', null]])]]]),
  previousStep: NO_STEP_RESULT,
  step: NO_STEP_RESULT,
  steps: { changes: NO_STEP_RESULT.changedFiles, path: '' },
};

const PARSERS: readonly Parser[] = [
  {
    name: 'templates',
    pieces: TEMPLATE_PIECES,
    read: (text) => refusing(() => renderStepTemplate('t', text, CONTEXT)),
  },
  { name: 'conditions', pieces: TEMPLATE_PIECES, read: (text) => refusing(() => isStaticString(text, CONTEXT)) },
  { name: 'YAML', pieces: YAML_PIECES, read: (text) => decodeYaml(text) },
  { name: 'batch specs', pieces: YAML_PIECES, read: (text) => parseBatchSpec(text) },
  { name: 'env', pieces: YAML_PIECES, read: (text) => parseEnvironmentYaml(text) },
  { name: 'JSON', pieces: JSON_PIECES, read: readJson },
  { name: 'input.json', pieces: JSON_PIECES, read: (text) => parseExecutionInput(text) },
  {
    name: 'log events',
    pieces: [...JSON_PIECES, '{"operation":"TASK_STEP","metadata":'],
    read: (text) => decodeLogEvent(text),
  },
  { name: 'globs', pieces: [...words('* ** ? [ ] ! { } , \\ a-z'), ...TEXT], read: readGlob },
  {
    name: 'diffs',
    pieces: [
      ...[
        'diff --git ',
        'a/x b/x',
        '--- ',
        '+++ ',
        '/dev/null',
        '@@ -1,2 +3 @@',
        'index 1..2\n',
        'Only in ',
        '\n',
        '\n+',
      ],
      ...['\n-', '\n ', 'new file mode 100644\n', 'rename from ', 'rename to ', 'Binary files ', ' differ\n', ...TEXT],
    ],
    read: (text) => changesInDiff(encodeText(text)),
  },
  {
    name: 'queries',
    pieces: [...words('repo: file: lang: -case: ( ) OR AND'), ...TEXT],
    read: (text) => parseQuery(text),
  },
  {
    name: 'durations',
    pieces: words('1 . - + 0 9 h m s ms us ns µs 99999999999'),
    read: (text) => parseDuration(text),
  },
  {
    name: 'image names',
    pieces: [...words('alpine : @sha256: / . _ -- localhost:5000 A'), ...TEXT],
    read: (text) => imageReferenceProblem(text),
  },
];

export function randomInputs(count: number, seed: number): readonly Measure[] {
  const random = generator(seed);
  let slowest = { ms: 0, name: '', text: '' };
  const crashes: string[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < count; index++) {
    const parser = PARSERS[index % PARSERS.length];
    if (parser === undefined) throw new RangeError(`no parser ${index}`);
    const text = textOf(parser.pieces, random);
    const from = performance.now();
    try {
      parser.read(text);
    } catch (error) {
      if (crashes.length < 5) process.stderr.write(`${parser.name} of ${JSON.stringify(text)}: ${String(error)}\n`);
      crashes.push(parser.name);
    }
    const ms = performance.now() - from;
    if (ms > slowest.ms) slowest = { ms, name: parser.name, text };
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return [
    {
      name: `random inputs, ${PARSERS.length} parsers, seed ${seed}`,
      value: `${count.toLocaleString('en')} in ${seconds.toFixed(0)} s, ${crashes.length} crashes`,
      goal: { text: '0 crashes', met: crashes.length === 0 },
    },
    {
      name: `slowest of them, ${slowest.name} of ${slowest.text.length} characters`,
      value: `${slowest.ms.toFixed(0)} ms`,
      goal: { text: `<= ${INPUT_MS_MAX} ms`, met: slowest.ms <= INPUT_MS_MAX },
    },
  ];
}

/** Anything but a TemplateError is a bug. */
function refusing(evaluate: () => unknown): void {
  try {
    evaluate();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
  }
}

/** What JSON reads it also writes, and reads again as the same. */
function readJson(text: string): void {
  const read = decodeGoJson(text);
  if (read.kind === 'error') return;
  const written = goJson(read.value);
  if (written.kind === 'error') throw new Error(written.message);
  const again = decodeGoJson(written.text);
  if (again.kind === 'error' || !isDeepStrictEqual(again.value, read.value)) throw new Error('no round trip');
}

/** One half is the pattern, the other half the text. */
function readGlob(text: string): void {
  const middle = text.length >> 1;
  globMatches(text.slice(0, middle), text.slice(middle));
}

function textOf(pieces: readonly string[], random: () => number): string {
  let text = '';
  for (let left = Math.floor(random() * PIECES_MAX); left > 0; left--) {
    text += pieces[Math.floor(random() * pieces.length)] ?? '';
  }
  return text;
}

/** Numbers from 0 to below 1 (the generator mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
