// The differences that a helper transcript may have (see ../helper.ts), and how each is taken out of both sides.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { VectorCase } from '../adapter.ts';
import type { EventLine } from './capture.ts';
import type { Program } from './helper-programs.ts';

interface Step {
  readonly files?: Readonly<Record<string, string>> | null;
  readonly mount?: readonly { readonly path: string; readonly mountpoint: string }[] | null;
  readonly outputs?: Readonly<Record<string, { readonly value: string }>> | null;
}

export interface Normalised {
  readonly expected: unknown;
  readonly actual: unknown;
  /** Nothing after this program can be compared. */
  readonly last: boolean;
}

const CHANGED_FILES = 'filled by us';
const WORKSPACE_FILES = 'workspace-files/';
const MOUNT_MISSING =
  /^(?:getAbsoluteMountPath: mount path .*\/workspace-files\/.*|failed to compute cache key: path .*) does not exist$/;

export class HelperDifferences {
  readonly #steps: readonly Step[];
  /** Outputs whose template reads `step.*_files`, which the reference leaves empty. */
  readonly #outputsOfChangedFiles: ReadonlySet<string>;
  readonly #found = new Set<string>();
  #workspaceFilesGone = false;

  constructor(testCase: VectorCase) {
    const { input } = testCase as { readonly input?: unknown };
    this.#steps = isInput(input) ? (input.steps ?? []) : [];
    this.#outputsOfChangedFiles = new Set(
      this.#steps.flatMap((step) =>
        Object.entries(step.outputs ?? {})
          .filter(([, { value }]) => /\bstep\.\w+_files\b/.test(value))
          .map(([name]) => name),
      ),
    );
  }

  allowed(): string {
    return [...this.#found].sort().join('; ');
  }

  normalise(expected: Program, actual: Program): Normalised {
    if (expected.stderr.startsWith('panic: ')) return this.#end('the reference panics', refusal(actual));
    if (expected.exitCode === 1 && this.#workspaceFilesGone && MOUNT_MISSING.test(expected.stderr)) {
      return this.#end('(b) the workspace files stay', actual.exitCode === 0);
    }
    if (
      expected.exitCode === 0 &&
      refusal(actual) &&
      this.#hasComma() &&
      / contains invalid characters$/.test(actual.stderr)
    ) {
      return this.#end('a comma in a target is refused', true);
    }
    if (
      expected.exitCode === 0 &&
      refusal(actual) &&
      this.#mountsSibling() &&
      / is not in the same directory /.test(actual.stderr)
    ) {
      return this.#end('a mount path beside the workspace files is refused', true);
    }
    this.#renderingLines(expected);
    this.#workspaceFiles(expected);
    for (const side of [expected, actual]) this.#changedFiles(side);
    for (const program of [expected, actual])
      program.removed = program.removed.map((name) => name.replace(/\$FILE\d+$/, '$FILE'));
    return { expected, actual, last: false };
  }

  /** What the reference does not know its later programs must not see either: this is not about them. */
  forgetChangedFiles(workspace: string): void {
    for (const name of readdirSync(workspace)) {
      const file = path.join(workspace, name);
      if (!/^step\d+\.json$/.test(name) || !existsSync(`${file.slice(0, -'.json'.length)}.sh`)) continue;
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace(/^(\{"version":2,"changedFiles":)\{[^}]*\}/, `$1${NO_CHANGES}`));
    }
  }

  #end(why: string, holds: boolean): Normalised {
    if (holds) this.#found.add(why);
    return { expected: true, actual: holds, last: true };
  }

  #hasComma(): boolean {
    return this.#steps.some(
      ({ files, mount }) =>
        Object.keys(files ?? {}).some((target) => target.includes(',')) ||
        (mount ?? []).some((one) => `${one.path}${one.mountpoint}`.includes(',')),
    );
  }

  #mountsSibling(): boolean {
    return this.#steps.some(({ mount }) => (mount ?? []).some((one) => one.path.startsWith('../')));
  }

  #renderingLines(expected: Program): void {
    if (typeof expected.stdout === 'string') return;
    const kept = expected.stdout.filter(
      ({ $text }) => !(typeof $text === 'string' && $text.startsWith('Rendering step output ')),
    );
    if (kept.length < expected.stdout.length) this.#found.add('(d) no "Rendering step output" line');
    expected.stdout = kept;
  }

  #workspaceFiles(expected: Program): void {
    const kept = expected.removed.filter((name) => !name.startsWith(WORKSPACE_FILES));
    if (kept.length < expected.removed.length) {
      this.#workspaceFilesGone = true;
      this.#found.add('(b) the workspace files stay');
    }
    expected.removed = kept;
  }

  #changedFiles(program: Program): void {
    for (const [name, file] of Object.entries(program.changed)) {
      if (!/^step\d+\.json$/.test(name) || file.text === undefined) continue;
      file.text = this.#withoutChangedFiles(file.text);
    }
    if (typeof program.stdout !== 'string') program.stdout = program.stdout.map((event) => this.#event(event));
  }

  #withoutChangedFiles(text: string): string {
    if (!text.includes(NO_CHANGES)) this.#found.add('(a) changedFiles is filled');
    let kept = text.replace(/"changedFiles":\{[^}]*\}/, `"changedFiles":"${CHANGED_FILES}"`);
    for (const name of this.#outputsOfChangedFiles) {
      kept = kept.replace(new RegExp(`"${name}":"(?:[^"\\\\]|\\\\.)*"`), `"${name}":"${CHANGED_FILES}"`);
    }
    return kept;
  }

  #event(event: EventLine): EventLine {
    const copy = structuredClone(event) as { metadata?: Metadata };
    const { metadata } = copy;
    for (const outputs of [metadata?.outputs, metadata?.value?.outputs]) {
      for (const name of this.#outputsOfChangedFiles) {
        if (outputs !== undefined && outputs !== null && name in outputs) outputs[name] = CHANGED_FILES;
      }
    }
    if (metadata?.value !== undefined) metadata.value.changedFiles = CHANGED_FILES;
    return copy;
  }
}

type Outputs = Record<string, unknown> | null;
interface Metadata {
  outputs?: Outputs;
  value?: { outputs?: Outputs; changedFiles: unknown };
}

const NO_CHANGES = '{"modified":null,"added":null,"deleted":null,"renamed":null}';

/** A clear end: not zero, and it says why. */
const refusal = (program: Program): boolean =>
  program.exitCode !== undefined && program.exitCode !== 0 && program.stderr !== '';

function isInput(input: unknown): input is { readonly steps?: readonly Step[] | null } {
  return typeof input === 'object' && input !== null;
}
