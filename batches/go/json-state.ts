// Where a decoder stands and what it has met so far. Go's decoder goes on after a wrong type and reports the first one at
// the end; an error of a type's own UnmarshalJSON stops it at once and wins.
import type { JsonDecodeError } from './json-error.ts';

/** Ends the decoding at once; caught by `unmarshalNode`. */
export class DecodeAbort extends Error {
  override readonly name = 'DecodeAbort';
  readonly reason: JsonDecodeError;

  constructor(reason: JsonDecodeError) {
    super(reason.kind);
    this.reason = reason;
  }
}

export class DecodeState {
  /** The whole JSON text that the nodes are of. */
  readonly source: string;
  #firstError: JsonDecodeError | null = null;
  #struct: string | null = null;
  readonly #path: string[] = [];

  constructor(source: string) {
    this.source = source;
  }

  get firstError(): JsonDecodeError | null {
    return this.#firstError;
  }

  /** Decodes a field with its place noted, so that errors name it. */
  inField<T>(struct: string, field: string, decode: () => T): T {
    const outer = this.#struct;
    this.#struct = struct;
    this.#path.push(field);
    const value = decode();
    this.#path.pop();
    this.#struct = outer;
    return value;
  }

  wrongType(found: string, type: string): void {
    this.save({ kind: 'type', found, type, struct: '', field: '' });
  }

  save(error: JsonDecodeError): void {
    this.#firstError ??= this.#placed(error);
  }

  abort(error: JsonDecodeError): never {
    throw new DecodeAbort(this.#placed(error));
  }

  #placed(error: JsonDecodeError): JsonDecodeError {
    if (error.kind !== 'type' || this.#struct === null) return error;
    const path = error.field === '' ? this.#path : [...this.#path, error.field];
    return { ...error, struct: this.#struct, field: path.join('.') };
  }
}
