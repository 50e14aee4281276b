// A running step's output as progress: whole lines, each with the name of its stream before it, handed on every half
// second and at the end. src-cli's internal/batches/ui/interval_writer.go.
import type { Clock } from '#jobs/world.ts';

const FLUSH_MS = 500;
const NEWLINE = 0x0a;
/** A line without an end is cut here; the result keeps it whole. */
const LINE_BYTES_MAX = 4 * 1024 * 1024;

type Stream = 'stdout' | 'stderr';

export class StepLines {
  readonly #clock: Clock;
  readonly #sink: (lines: Uint8Array) => void;
  readonly #partial: Record<Stream, Uint8Array[]> = { stdout: [], stderr: [] };
  readonly #partialBytes: Record<Stream, number> = { stdout: 0, stderr: 0 };
  readonly #ended = new AbortController();
  #lines: Uint8Array[] = [];
  #flushing = false;

  constructor(clock: Clock, sink: (lines: Uint8Array) => void) {
    this.#clock = clock;
    this.#sink = sink;
  }

  push(stream: Stream, bytes: Uint8Array): void {
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      this.#line(stream, bytes.subarray(from, at));
      from = at + 1;
    }
    if (from < bytes.length) this.#keep(stream, bytes.subarray(from));
    if (this.#lines.length > 0 && !this.#flushing) void this.#flushLater();
  }

  /** A last line gets the newline that it lacks. */
  close(): void {
    this.#ended.abort();
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#partialBytes[stream] > 0) this.#line(stream, new Uint8Array());
    }
    this.#flush();
  }

  #keep(stream: Stream, bytes: Uint8Array): void {
    // The caller may use its buffer again.
    this.#partial[stream].push(Uint8Array.from(bytes));
    this.#partialBytes[stream] += bytes.length;
    if (this.#partialBytes[stream] >= LINE_BYTES_MAX) this.#line(stream, new Uint8Array());
  }

  #line(stream: Stream, rest: Uint8Array): void {
    const prefix = Buffer.from(`${stream}: `);
    this.#lines.push(Buffer.concat([prefix, ...this.#partial[stream], rest, Uint8Array.of(NEWLINE)]));
    this.#partial[stream] = [];
    this.#partialBytes[stream] = 0;
  }

  async #flushLater(): Promise<void> {
    this.#flushing = true;
    const waited = await this.#clock.sleep(FLUSH_MS, this.#ended.signal);
    this.#flushing = false;
    if (waited === 'slept') this.#flush();
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    const lines = Buffer.concat(this.#lines);
    this.#lines = [];
    this.#sink(lines);
  }
}
