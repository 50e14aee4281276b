// The text of stepN.sh: the environment, the files and mounts copied to their places, then what the step runs.
import { joinShellWords } from '../go/shell-quote.ts';
import { compareText } from '../go/text-bytes.ts';

export interface ScriptParts {
  readonly env: ReadonlyMap<string, string>;
  /** Target to source, an absolute path in the step's container. */
  readonly files: ReadonlyMap<string, string>;
  readonly mounts: readonly { readonly source: string; readonly mountpoint: string }[];
  readonly run: string;
}

export function stepScript({ env, files, mounts, run }: ScriptParts): string {
  const lines = [
    ...[...env].map(([name, value]) => ['export', `${name}=${value}`]),
    ...[...files]
      .sort(([a], [b]) => compareText(a, b))
      .flatMap(([target, source]) => [
        ['cp', source, target],
        ['chmod', '+x', target],
      ]),
    ...mounts.flatMap(({ source, mountpoint }) => [
      ['cp', '-r', source, mountpoint],
      ['chmod', '-R', '+x', mountpoint],
    ]),
  ];
  return lines.map((words) => `${joinShellWords(words)}\n`).join('') + run;
}
