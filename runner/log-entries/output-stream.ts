// One stream of a command on its way into the log entry: bytes to lines, lines redacted, each line prefixed with the
// stream's name. Lines that carry a result go past the redaction, or break the entry.
import type { Redactor, RedactionStream } from '../redaction.ts';
import { LINE_TOO_LONG, LineBlocks } from './line-blocks.ts';
import type { LineBlock } from './line-blocks.ts';
import { redactResult } from './result-lines.ts';
import type { EntryText } from './entry-text.ts';

export const RESULT_REFUSED =
  'the diff or the outputs of this step hold a value that has to be kept secret; its result is not sent, because redacting it would alter it';

export interface OutputStreamOptions {
  readonly name: 'stdout' | 'stderr';
  readonly redactor: Redactor;
  readonly into: EntryText;
  /** Whether lines may carry results. */
  readonly events: boolean;
  /** Called once, with what must end the command and fail the job. */
  readonly broken: (problem: string) => void;
}

export class OutputStream {
  readonly #options: OutputStreamOptions;
  readonly #blocks = new LineBlocks();
  readonly #redaction: RedactionStream;
  /** The end of the redacted text that no newline has ended yet. */
  #partial = '';
  #closed = false;

  constructor(options: OutputStreamOptions) {
    this.#options = options;
    this.#redaction = options.redactor.stream();
  }

  push(bytes: Uint8Array): void {
    if (!this.#closed) this.#take(this.#blocks.push(bytes));
  }

  end(): void {
    if (this.#closed) return;
    this.#take(this.#blocks.end());
    this.#finishLine();
    this.#closed = true;
  }

  #take(block: LineBlock): void {
    if (block.kind === 'too-long') {
      this.#closed = true;
      this.#options.broken(LINE_TOO_LONG);
    } else if (this.#options.events) {
      this.#takeEvents(block.text);
    } else {
      this.#emit(this.#redaction.push(block.text));
    }
  }

  #takeEvents(text: string): void {
    for (const line of text.split(/(?<=\n)/)) {
      const result = redactResult(line.slice(0, -1), this.#options.redactor);
      if (result.kind === 'no-result') {
        this.#emit(this.#redaction.push(line));
        continue;
      }
      this.#finishLine();
      if (result.kind === 'result') this.#options.into.appendWhole(`${this.#options.name}: ${result.line}\n`);
      else this.#options.broken(RESULT_REFUSED);
    }
  }

  /** What the redaction held back comes out, as a line of its own. */
  #finishLine(): void {
    this.#emit(this.#redaction.end());
    if (this.#partial !== '') this.#emit('\n');
  }

  #emit(redacted: string): void {
    const end = redacted.lastIndexOf('\n');
    if (end === -1) {
      this.#partial += redacted;
      return;
    }
    const prefix = `${this.#options.name}: `;
    const lines = this.#partial + redacted.slice(0, end);
    this.#partial = redacted.slice(end + 1);
    this.#options.into.append(`${prefix}${lines.replaceAll('\n', `\n${prefix}`)}\n`);
  }
}
