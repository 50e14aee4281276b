// The whole of one output stream, as a step's result holds it.

/** JSON may need six characters a byte, and a text of JavaScript ends at 2^29. */
export const LOG_BYTES_MAX = 32 * 1024 * 1024;

export class ResultLog {
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;

  push(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (!this.isTooLarge) this.#parts.push(Uint8Array.from(bytes));
  }

  get isTooLarge(): boolean {
    return this.#bytes > LOG_BYTES_MAX;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

export const logTooLarge = (stream: 'output' | 'error'): string =>
  `the step wrote more than ${LOG_BYTES_MAX} bytes to its standard ${stream}, which is more than a step's result can hold`;
