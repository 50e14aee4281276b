// One adapter a vector file: it feeds a case to the exported functions and says what came out. It must not know any case
// by name. `actual` is compared by value with what the case promises; texts byte for byte.

/** A case as it stands in the file; `in`, `out` and the rest are the file's own shape. */
export interface VectorCase {
  readonly name: string;
  readonly in: Readonly<Record<string, unknown>>;
  readonly out?: unknown;
  readonly error?: string;
  /** Lines, or a text of lines, whose order is Go's chance. */
  readonly errorAnyOrder?: string | readonly string[];
  /** Transcripts keep their fields beside `in`. */
  readonly [field: string]: unknown;
}

export interface VectorFile {
  readonly about: unknown;
  readonly contexts?: Readonly<Record<string, unknown>>;
  readonly cases: readonly VectorCase[];
}

/** What the project's code gave for a case: a value, or the text of an expected error. */
export type Outcome = { readonly out: unknown } | { readonly error: string };

export interface Verdict {
  readonly passed: boolean;
  readonly expected: unknown;
  readonly actual: unknown;
  /** Why a difference is allowed, when it is one of the deliberate ones. */
  readonly allowed?: string;
}

export interface AdapterOptions {
  /** The engine that carries out transcripts: `process` unless told. */
  readonly engine: 'process' | 'docker';
}

export interface Adapter {
  /** Runs one case; `judge` from ./compare.ts makes the usual verdict out of an Outcome. */
  run(testCase: VectorCase, file: VectorFile, options: AdapterOptions): Verdict | Promise<Verdict>;
  /** Cases that may run at the same time. @default 1 */
  readonly parallel?: number;
}
