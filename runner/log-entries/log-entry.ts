// One log entry from the start of its command to its end: what is in it now, and what of that Sourcegraph has.
import type { ExecutionLogEntry } from '#sourcegraph/execution-log-entry.ts';
import type { Redactor } from '../redaction.ts';
import { updateAllowedAfterMs } from './byte-budget.ts';
import { EntryText } from './entry-text.ts';
import { OutputStream } from './output-stream.ts';
import { holdsEvents } from './result-lines.ts';

/** Commands that end sooner, as most of git's do, cost one request instead of two. */
const ADD_DELAY_MS = 50;
/** The first output is shown soon, so that a user sees life; later updates keep the reference's pace at most. */
const FIRST_UPDATE_MS = 200;
const UPDATE_INTERVAL_MS = 1000;

/** Field names, numbers and punctuation of a request. */
const REQUEST_FRAME_BYTES = 256;

export interface LogEntryOptions {
  readonly key: string;
  readonly command: readonly string[] | null;
  readonly redactor: Redactor;
  readonly now: () => number;
  /** Called when there is something new to send. */
  readonly changed: () => void;
}

export class LogEntry {
  readonly key: string;
  readonly startTime: number;
  readonly #command: readonly string[] | null;
  readonly #redactor: Redactor;
  readonly #now: () => number;
  readonly #changed: () => void;
  readonly #text = new EntryText();
  readonly #streams: Readonly<Record<'stdout' | 'stderr', OutputStream>>;
  readonly #broken = new AbortController();
  readonly #frameBytes: number;
  #problem: string | undefined;
  #end: { readonly exitCode: number; readonly durationMs: number } | undefined;
  #firstOutputAt: number | undefined;
  /** Whether the sender knows that there is something new. */
  #told = false;
  #sent: { readonly at: number; readonly textBytes: number; readonly last: boolean } | undefined;
  #sentBytes = 0;

  constructor(options: LogEntryOptions) {
    this.key = options.key;
    this.startTime = options.now();
    this.#redactor = options.redactor;
    this.#command = options.command?.map((argument) => options.redactor.redact(argument)) ?? null;
    this.#now = options.now;
    this.#changed = options.changed;
    this.#frameBytes = REQUEST_FRAME_BYTES + Buffer.byteLength(JSON.stringify([options.key, this.#command]));
    const stream = (name: 'stdout' | 'stderr'): OutputStream =>
      new OutputStream({
        name,
        redactor: options.redactor,
        into: this.#text,
        events: name === 'stdout' && holdsEvents(options.key),
        broken: (problem) => this.#break(problem),
      });
    this.#streams = { stdout: stream('stdout'), stderr: stream('stderr') };
  }

  /** Output of the command, in the order read. */
  output(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.#streams[stream].push(bytes);
    this.#grown();
  }

  /** A whole line of the executor itself, without a stream's prefix. */
  note(line: string): void {
    this.#text.append(`${this.#redactor.redact(line)}\n`);
    this.#grown();
  }

  /** Aborted when the output cannot go on: the command must be ended. `problem` then says why. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** No more output comes. A last line without newline counts now, and may turn out to be a problem. */
  closeStreams(): void {
    this.#streams.stdout.end();
    this.#streams.stderr.end();
  }

  /** The command has ended; -1 stands for killed. */
  end(exitCode: number): void {
    if (this.#end !== undefined) return;
    this.closeStreams();
    this.#text.end();
    this.#end = { exitCode, durationMs: Math.max(0, Math.round(this.#now() - this.startTime)) };
    this.#changed();
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** What a request sent now would carry. */
  state(): ExecutionLogEntry {
    return {
      key: this.key,
      command: this.#command,
      startTime: this.startTime,
      out: this.#text.text,
      ...this.#end,
    };
  }

  get requestBytes(): number {
    return this.#frameBytes + this.#text.encodedBytes;
  }

  /** To be called before a request is sent, and its answer with the request's fate. */
  sending(): (fate: { readonly accepted: boolean; readonly arrived: boolean }) => void {
    const sent = { textBytes: this.#text.bytes, last: this.ended };
    const requestBytes = this.requestBytes;
    return ({ accepted, arrived }) => {
      if (arrived) this.#sentBytes += requestBytes;
      if (!accepted) return;
      this.#sent = { at: this.#now(), ...sent };
      this.#told = false;
    };
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Nothing of this entry is to be sent any more. */
  get complete(): boolean {
    return this.#sent?.last === true;
  }

  /** The moment from which this entry is to be added. */
  addDue(): number {
    return this.ended ? this.startTime : this.startTime + ADD_DELAY_MS;
  }

  /** The moment from which this entry, which Sourcegraph has, is to be updated; undefined while nothing is new. */
  updateDue(): number | undefined {
    if (this.complete) return undefined;
    if (this.ended) return this.startTime;
    const sent = this.#sent;
    if (sent === undefined || sent.textBytes === this.#text.bytes) return undefined;
    const paced =
      sent.textBytes === 0 ? (this.#firstOutputAt ?? sent.at) + FIRST_UPDATE_MS : sent.at + UPDATE_INTERVAL_MS;
    const allowed = updateAllowedAfterMs({
      sentBytes: this.#sentBytes,
      textBytes: this.#text.bytes,
      requestBytes: this.requestBytes,
    });
    return Math.max(paced, this.startTime + allowed);
  }

  #grown(): void {
    if (this.#told || this.#text.bytes === (this.#sent?.textBytes ?? 0)) return;
    this.#told = true;
    this.#firstOutputAt ??= this.#now();
    this.#changed();
  }

  #break(problem: string): void {
    this.#problem ??= problem;
    this.#text.appendWhole(`stderr: [${problem}]\n`);
    this.#broken.abort();
  }
}
