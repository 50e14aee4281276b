// The batch spec of the command line: read, parsed, and refused with line, column and what is expected.
import { readFile } from 'node:fs/promises';
import { parseBatchSpec } from '#batches/spec/parse.ts';
import type { BatchSpec } from '#batches/spec/types.ts';

export type LoadedSpec =
  | { readonly kind: 'spec'; readonly spec: BatchSpec; readonly file: string }
  | { readonly kind: 'refused'; readonly message: string };

export async function loadSpec(file: string): Promise<LoadedSpec> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => error as Error);
  if (text instanceof Error) return { kind: 'refused', message: `--spec ${file}: cannot be read (${text.message})` };
  const parsed = parseBatchSpec(text);
  if (parsed.kind === 'spec') return { kind: 'spec', spec: parsed.spec, file };
  // Of a rule made of rules the schema reports the outer one too, which tells a person nothing.
  const telling = parsed.problems.filter(({ message }) => !message.startsWith('Must validate '));
  const lines = (telling.length > 0 ? telling : parsed.problems).map(({ message, place }) => {
    const where = place === null ? file : `${file}:${place.line}:${place.column}`;
    return `${where}: ${message}`;
  });
  return { kind: 'refused', message: lines.join('\n') };
}
