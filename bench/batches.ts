// The speed of what a batch spec means: templates, changed files of a large diff, workspaces by the thousand.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { changesInDiff } from '#batches/diff/changed-files.ts';
import { compileStepTemplate, renderStepTemplate } from '#batches/template/index.ts';
import type { StepContext } from '#batches/step-context.ts';
import { contextFrom } from '#test/vector-run/template-context.ts';
import { geometricMean, type Measure } from './measure.ts';

const VECTORS = path.join(import.meta.dirname, '..', 'test', 'vectors', 'templates.json');
/** Cases of the vectors, by name; they all render over a hundred files. */
const TEMPLATES = [
  'real/docs comby',
  'real/docs goimports on modified',
  'real/docs branch by directory',
  'real/docs if length',
  'real/json file',
];
const FILES = 100;
const MEASURED_MS = 300;

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
    { name: 'templates compiled once', value: `${Math.round(geometricMean(compiled)).toLocaleString('en')} renders/s` },
    { name: 'templates with parsing', value: `${Math.round(geometricMean(parsed)).toLocaleString('en')} renders/s` },
  ];
}

function perSecond(act: () => unknown): number {
  let times = 0;
  const startedAt = performance.now();
  let elapsed = 0;
  do {
    for (let inner = 0; inner < 20; inner++) act();
    times += 20;
    elapsed = performance.now() - startedAt;
  } while (elapsed < MEASURED_MS);
  return (times * 1000) / elapsed;
}

const DIFF_BYTES = 10_000_000;

export function largeDiff(): readonly Measure[] {
  const files: string[] = [];
  for (let bytes = 0, file = 0; bytes < DIFF_BYTES; file++) {
    const name = `src/file-${file}.ts`;
    const lines = Array.from(
      { length: 50 },
      (_, line) => `-const before${line} = ${file};\n+const after${line} = ${file};\n`,
    );
    const text = `diff --git ${name} ${name}\nindex 1111111..2222222 100644\n--- ${name}\n+++ ${name}\n@@ -1,50 +1,50 @@\n${lines.join('')}`;
    files.push(text);
    bytes += text.length;
  }
  const diff = Buffer.from(files.join(''));
  const startedAt = performance.now();
  const changes = changesInDiff(diff);
  const ms = performance.now() - startedAt;
  if (changes.kind !== 'changes') throw new Error('the diff of the bench cannot be read');
  return [{ name: `changed files of a diff of ${(diff.length / 1e6).toFixed(0)} MB`, value: `${ms.toFixed(0)} ms` }];
}
