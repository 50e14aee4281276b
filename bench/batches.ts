// The speed of what a batch spec means: templates, and a large diff. One core's CPU time counts, so that other programs of
// the machine do not.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { changesInDiff } from '#batches/diff/changed-files.ts';
import { parseExecutionInput } from '#batches/input.ts';
import { planPost } from '#batches/native/post.ts';
import { marshalStepResult } from '#batches/step-result-json.ts';
import { NO_STEP_RESULT } from '#batches/step-result.ts';
import { compileStepTemplate, renderStepTemplate } from '#batches/template/index.ts';
import type { StepContext } from '#batches/step-context.ts';
import { contextFrom } from '#test/vector-run/template-context.ts';
import { cpuMilliseconds, geometricMean, type Measure, within } from './measure.ts';

const VECTORS = path.join(import.meta.dirname, '..', 'test', 'vectors', 'templates.json');
/** Cases of the vectors, by name; the first one joins the paths of a hundred files, the last one loops over them. */
const TEMPLATES = [
  'real/docs comby',
  'real/docs goimports on modified',
  'real/docs branch by directory',
  'real/docs if length',
  'real/json file',
];
const FILES = 100;
const MEASURED_MS = 300;
const WARM_UP = 2_000;
const COMPILED_MIN = 50_000;
const PARSED_MIN = 10_000;

interface Vectors {
  readonly contexts: { readonly rich: object };
  readonly cases: readonly { readonly name: string; readonly in: { readonly template: string } }[];
}

export function templates(): readonly Measure[] {
  const { contexts, cases } = JSON.parse(readFileSync(VECTORS, 'utf8')) as Vectors;
  const rich = contextFrom(contexts.rich);
  const paths = Array.from({ length: FILES }, (_, index) => `src/package-${index}/component-${index}.ts`);
  const context: StepContext = { ...rich, repository: { ...rich.repository, fileMatches: paths } };
  const texts = TEMPLATES.map((wanted) => {
    const found = cases.find(({ name }) => name === wanted);
    if (found === undefined) throw new Error(`no case ${wanted} in the vectors`);
    return found.in.template;
  });
  const compiled = texts.map((text) => {
    const template = compileStepTemplate('step-run', text);
    return perSecond(() => template.render(context));
  });
  const parsed = texts.map((text) => perSecond(() => renderStepTemplate('step-run', text, context)));
  return [
    rate('templates compiled once', geometricMean(compiled), COMPILED_MIN),
    rate('templates with parsing', geometricMean(parsed), PARSED_MIN),
  ];
}

function perSecond(act: () => unknown): number {
  for (let times = 0; times < WARM_UP; times++) act();
  let times = 0;
  const startedAt = cpuMilliseconds();
  let elapsed = 0;
  do {
    for (let inner = 0; inner < 20; inner++) act();
    times += 20;
    elapsed = cpuMilliseconds() - startedAt;
  } while (elapsed < MEASURED_MS);
  return (times * 1000) / elapsed;
}

function rate(name: string, value: number, least: number): Measure {
  const text = (count: number): string => `${Math.round(count).toLocaleString('en')} renders/s`;
  return { name, value: text(value), goal: { text: `>= ${text(least)}`, met: value >= least } };
}

const DIFF_BYTES = 10_000_000;
const DIFF_MS_MAX = 1_000;

/** A diff of 10 MB to its changed files, and all that `post` makes of it but for git's own part. */
export function largeDiff(): readonly Measure[] {
  const diff = diffOf(DIFF_BYTES);
  const size = `a diff of ${(diff.length / 1e6).toFixed(0)} MB`;
  const changedMs = timed(() => {
    if (changesInDiff(diff).kind !== 'changes') throw new Error('the diff of the bench cannot be read');
  });
  const input = parseExecutionInput(JSON.stringify({ steps: [{ run: 'true', outputs: { n: { value: OUTPUT } } }] }));
  if (input.kind === 'error') throw new Error(input.message);
  const postMs = timed(() => {
    const post = planPost({
      input: input.value,
      stepIndex: 0,
      previous: { ...NO_STEP_RESULT, version: 2, diff },
      diff,
      stdout: '',
      stderr: '',
    });
    if (post.kind === 'failed') throw new Error(post.message);
    const json = marshalStepResult(post.result);
    if (json.kind === 'error') throw new Error(json.message);
  });
  return [
    within(`changed files of ${size}`, changedMs, DIFF_MS_MAX),
    within(`post over ${size}, its result written`, postMs, DIFF_MS_MAX),
  ];
}

const OUTPUT = '${{ len step.modified_files }}';

function timed(act: () => void): number {
  const startedAt = cpuMilliseconds();
  act();
  return cpuMilliseconds() - startedAt;
}

function diffOf(size: number): Buffer {
  const files: string[] = [];
  for (let bytes = 0, file = 0; bytes < size; file++) {
    const name = `src/file-${file}.ts`;
    const lines = Array.from(
      { length: 50 },
      (_, line) => `-const before${line} = ${file};\n+const after${line} = ${file};\n`,
    );
    const text = `diff --git ${name} ${name}\nindex 1111111..2222222 100644\n--- ${name}\n+++ ${name}\n@@ -1,50 +1,50 @@\n${lines.join('')}`;
    files.push(text);
    bytes += text.length;
  }
  return Buffer.from(files.join(''));
}
